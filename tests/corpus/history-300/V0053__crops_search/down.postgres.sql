DROP INDEX crops_search;
ALTER TABLE crops DROP COLUMN search;
