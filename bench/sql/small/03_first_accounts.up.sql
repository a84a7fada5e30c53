INSERT INTO account_{n} (id, email, name, created_at) VALUES
    (1, 'ada@example.org', 'Ada', '2024-01-01T00:00:00Z'),
    (2, 'grace@example.org', 'Grace', '2024-01-02T00:00:00Z'),
    (3, 'edsger@example.org', 'Edsger', '2024-01-03T00:00:00Z');
