DROP INDEX gardens_slug_bytes;
