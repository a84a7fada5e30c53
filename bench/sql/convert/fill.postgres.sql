-- Keys in no order, as version 4 UUIDs are.
INSERT INTO users (id, email, name, created_at)
SELECT md5('user ' || n)::uuid::text, 'user' || n || '@example.org', 'Name of ' || n, '2024-01-01T00:00:00Z'
FROM generate_series(1, :users) AS n;

INSERT INTO journal_entries (id, user_id, title, body, created_at, updated_at)
SELECT md5('entry ' || n)::uuid::text, md5('user ' || 1 + n % :users)::uuid::text, 'Title of ' || n,
       repeat('word ', 8), '2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z'
FROM generate_series(1, 3 * :users) AS n;

VACUUM ANALYZE;
