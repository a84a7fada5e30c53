ALTER SCHEMA reporting RENAME TO reports;
