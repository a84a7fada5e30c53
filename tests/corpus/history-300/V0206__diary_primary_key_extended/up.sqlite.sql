PRAGMA foreign_keys = OFF;

CREATE TABLE diary_new (
    day  date NOT NULL,
    text text NOT NULL,
    mood integer,
    id   integer NOT NULL,
    PRIMARY KEY (day, id)
);
INSERT INTO diary_new (day, text, mood, id)
SELECT day, text, mood, id
FROM diary;
DROP TABLE diary;
ALTER TABLE diary_new RENAME TO diary;
CREATE INDEX diary_day ON diary (day, mood);
