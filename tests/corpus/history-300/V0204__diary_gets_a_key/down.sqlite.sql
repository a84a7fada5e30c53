PRAGMA foreign_keys = OFF;

CREATE TABLE diary_new (
    day  date NOT NULL,
    text text NOT NULL,
    mood integer
);
INSERT INTO diary_new (day, text, mood)
SELECT day, text, mood
FROM diary;
DROP TABLE diary;
ALTER TABLE diary_new RENAME TO diary;
