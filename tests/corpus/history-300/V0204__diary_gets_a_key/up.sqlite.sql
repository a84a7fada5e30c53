-- A primary key cannot be added to a table that has none.
PRAGMA foreign_keys = OFF;

CREATE TABLE diary_new (
    day  date NOT NULL,
    text text NOT NULL,
    mood integer,
    id   integer PRIMARY KEY
);
INSERT INTO diary_new (day, text, mood)
SELECT day, text, mood
FROM diary;
DROP TABLE diary;
ALTER TABLE diary_new RENAME TO diary;
