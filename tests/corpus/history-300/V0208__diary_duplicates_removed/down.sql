INSERT INTO diary SELECT * FROM diary_duplicates;
DROP TABLE diary_duplicates;
