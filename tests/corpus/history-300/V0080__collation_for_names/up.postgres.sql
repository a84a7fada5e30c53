CREATE COLLATION byte_order (LOCALE = 'C');
CREATE INDEX gardens_slug_bytes ON gardens (slug COLLATE byte_order);
