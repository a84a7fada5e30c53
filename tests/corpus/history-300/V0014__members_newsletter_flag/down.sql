ALTER TABLE members DROP COLUMN newsletter;
