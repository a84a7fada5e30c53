CREATE TABLE "diary" (
    day  date NOT NULL,
    text text NOT NULL,
    mood integer
);
INSERT INTO diary (day, text, mood) VALUES
    ('2020-04-01', 'Sowed', 4), ('2020-04-01', 'Rain; nothing to do', 1), ('2020-04-02', 'Sowed', NULL), ('2020-04-01', 'Sowed', 4);
