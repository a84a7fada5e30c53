GRANT SELECT (id, name), UPDATE (name) ON members TO PUBLIC;
DROP VIEW members_masked;
