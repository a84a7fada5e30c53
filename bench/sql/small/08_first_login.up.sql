INSERT INTO login_{n} (id, account_id, at) VALUES (1, 1, '2024-01-04T08:30:00Z');
