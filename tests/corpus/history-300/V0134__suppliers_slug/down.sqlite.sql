-- switchback: step index
DROP INDEX suppliers_slug_key;

-- switchback: step add
ALTER TABLE suppliers DROP COLUMN slug;
