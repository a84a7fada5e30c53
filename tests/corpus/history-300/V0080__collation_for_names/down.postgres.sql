DROP INDEX gardens_slug_bytes;
DROP COLLATION byte_order;
