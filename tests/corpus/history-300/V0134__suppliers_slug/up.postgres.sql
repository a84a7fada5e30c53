-- switchback: step add
ALTER TABLE suppliers ADD COLUMN slug text;
UPDATE suppliers SET slug = trim(both '-' from regexp_replace(lower(name), '[^a-z0-9]+', '-', 'g'));

-- switchback: step index no-transaction
CREATE UNIQUE INDEX CONCURRENTLY suppliers_slug_new ON suppliers (slug);

-- switchback: step constraint
ALTER TABLE suppliers ADD CONSTRAINT suppliers_slug_key UNIQUE USING INDEX suppliers_slug_new;
ALTER TABLE suppliers ALTER COLUMN slug SET NOT NULL;
