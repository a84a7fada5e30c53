-- switchback: step add
ALTER TABLE suppliers ADD COLUMN slug TEXT;
UPDATE suppliers SET slug = replace(replace(replace(lower(name), ' ', '-'), '&', 'and'), '''', '');

-- switchback: step index
CREATE UNIQUE INDEX suppliers_slug_key ON suppliers (slug);
