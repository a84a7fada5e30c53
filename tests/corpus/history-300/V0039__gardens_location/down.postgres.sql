DROP INDEX gardens_location;
ALTER TABLE gardens DROP COLUMN location;
