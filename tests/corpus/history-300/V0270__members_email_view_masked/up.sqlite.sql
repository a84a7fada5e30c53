CREATE VIEW members_masked AS
SELECT id, substr(email, 1, 1) || '***' || substr(email, instr(email, '@')) AS email, substr(name, 1, 1) || '.' AS name
FROM members;
