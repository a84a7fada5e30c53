DROP INDEX crops_family;
ALTER TABLE crops DROP COLUMN family_id;
DROP TABLE families;
