CREATE TABLE "tickets" (
    id     INTEGER NOT NULL,
    region TEXT NOT NULL,
    opened TEXT NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (region, opened, id)
);
INSERT INTO tickets VALUES (1, 'DE', '2018-04-04', 'Tap drips'), (2, 'AT', '2019-05-05', 'Gate; stuck'), (3, 'CA', '2019-06-06', 'Ours');
