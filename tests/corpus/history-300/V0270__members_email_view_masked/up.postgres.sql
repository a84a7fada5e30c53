CREATE VIEW members_masked AS
SELECT id, regexp_replace(email::text, '^(.).*(@.*)$', E'\\1***\\2') AS email, left(name, 1) || '.' AS name
FROM members;
GRANT SELECT ON members_masked TO PUBLIC;
REVOKE SELECT (id, name), UPDATE (name) ON members FROM PUBLIC;
