CREATE TABLE families (
    id   integer PRIMARY KEY,
    name text NOT NULL UNIQUE
);
INSERT INTO families (id, name)
SELECT row_number() OVER (ORDER BY family), family FROM (SELECT DISTINCT family FROM crops WHERE family IS NOT NULL) AS f;
ALTER TABLE crops ADD COLUMN family_id integer REFERENCES families (id);
UPDATE crops SET family_id = (SELECT f.id FROM families AS f WHERE f.name = crops.family);
CREATE INDEX crops_family ON crops (family_id);
