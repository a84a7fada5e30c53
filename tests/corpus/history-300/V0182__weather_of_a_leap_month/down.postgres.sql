TRUNCATE weather;
