ALTER TABLE members DROP COLUMN home;
DROP TYPE address;
