SELECT id FROM notes WHERE word_count IS NULL;
