ALTER TABLE crops DROP CONSTRAINT crops_aliases_few;
DROP INDEX crops_aliases;
ALTER TABLE crops DROP COLUMN aliases;
