CREATE TABLE last_words AS SELECT id, word, length FROM words WHERE id % 3 = 0;
DELETE FROM words WHERE id % 3 = 0;
