ALTER TABLE members ADD COLUMN phone text;
