ALTER TABLE equipment DROP COLUMN private;
