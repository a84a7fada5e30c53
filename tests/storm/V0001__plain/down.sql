DROP TABLE words;
DROP TABLE numbers;
