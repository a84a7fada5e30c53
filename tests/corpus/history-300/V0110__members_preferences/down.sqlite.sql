ALTER TABLE members DROP COLUMN preferences;
