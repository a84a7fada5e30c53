-- Canonical keys: the migration refuses any others.
INSERT INTO users (id, email, name, created_at) VALUES
    ('00000000-0000-4000-8000-000000000001', 'ada@example.org', 'Ada Lovelace', '2024-01-02T03:04:05Z'),
    ('ffffffff-ffff-4fff-bfff-ffffffffffff', 'zoe@example.org', 'Zoë Ωmega', '2024-02-29T23:59:59Z'),
    ('7b0b5c1e-9d3f-4a52-8e61-2f3c4d5e6f70', 'nobody@example.org', '', '1999-12-31T00:00:00Z');

INSERT INTO journal_entries (id, user_id, title, body, created_at, updated_at) VALUES
    ('10000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001', 'First', 'one two three', '2024-01-02T03:04:05Z', '2024-01-02T03:04:05Z'),
    ('10000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', 'Second', '', '2024-01-03T03:04:05Z', '2024-01-04T03:04:05Z'),
    ('abcdefab-cdef-4abc-8def-abcdefabcdef', 'ffffffff-ffff-4fff-bfff-ffffffffffff', 'Drittes', 'ein Wort – und 中文', '2024-03-01T00:00:00Z', '2024-03-01T00:00:01Z');

INSERT INTO tags (id, user_id, name) VALUES
    ('20000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001', 'work'),
    ('20000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', 'home'),
    ('20000000-0000-4000-8000-000000000003', 'ffffffff-ffff-4fff-bfff-ffffffffffff', 'work');

INSERT INTO entry_tags (entry_id, tag_id) VALUES
    ('10000000-0000-4000-8000-000000000001', '20000000-0000-4000-8000-000000000001'),
    ('10000000-0000-4000-8000-000000000001', '20000000-0000-4000-8000-000000000002'),
    ('abcdefab-cdef-4abc-8def-abcdefabcdef', '20000000-0000-4000-8000-000000000003');

INSERT INTO reminders (id, user_id, entry_id, remind_at, message) VALUES
    ('30000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000002', '2025-01-01T00:00:00Z', 'Go on writing'),
    ('30000000-0000-4000-8000-000000000002', 'ffffffff-ffff-4fff-bfff-ffffffffffff', NULL, '2025-01-01T00:00:00Z', 'No entry yet'),
    ('30000000-0000-4000-8000-000000000003', '7b0b5c1e-9d3f-4a52-8e61-2f3c4d5e6f70', NULL, '2025-06-30T12:00:00Z', '');
