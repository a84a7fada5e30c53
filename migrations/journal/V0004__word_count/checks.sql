-- Every entry is counted.
SELECT id, word_count FROM journal_entries WHERE word_count IS NULL OR word_count < 0;
