CREATE INDEX gardens_slug_bytes ON gardens (slug COLLATE RTRIM);
