DROP TABLE reading_flags;
