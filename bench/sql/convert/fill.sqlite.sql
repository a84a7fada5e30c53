-- Keys in no order, as version 4 UUIDs are.
PRAGMA synchronous = OFF;
PRAGMA cache_size = -524288;
CREATE TEMP TABLE keys (n INTEGER PRIMARY KEY, id TEXT);
INSERT INTO keys
WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 4 * :users),
    bytes (n, h) AS (SELECT n, lower(hex(randomblob(16))) FROM c)
SELECT n, substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-' || substr(h, 13, 4) || '-' || substr(h, 17, 4) || '-' || substr(h, 21)
FROM bytes;
INSERT INTO users (id, email, name, created_at)
SELECT id, 'user' || n || '@example.org', 'Name of ' || n, '2024-01-01T00:00:00Z' FROM keys WHERE n <= :users;
INSERT INTO journal_entries (id, user_id, title, body, created_at, updated_at)
SELECT e.id, u.id, 'Title of ' || e.n, 'word word word word word word word word ', '2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z'
FROM keys AS e JOIN keys AS u ON u.n = 1 + e.n % :users WHERE e.n > :users;
DROP TABLE keys;
