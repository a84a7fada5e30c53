-- switchback: step constraint
ALTER TABLE suppliers ALTER COLUMN slug DROP NOT NULL;
ALTER TABLE suppliers DROP CONSTRAINT suppliers_slug_key;

-- switchback: step index no-transaction
DROP INDEX CONCURRENTLY IF EXISTS suppliers_slug_new;

-- switchback: step add
ALTER TABLE suppliers DROP COLUMN slug;
