INSERT INTO words (id, word, length) SELECT id, word, length FROM last_words;
DROP TABLE last_words;
