CREATE TABLE "messages" (
    id        INTEGER PRIMARY KEY,
    parent_id INTEGER REFERENCES "messages" (id) ON DELETE CASCADE,
    author    INTEGER REFERENCES members (id) ON DELETE SET NULL,
    subject   TEXT,
    body      TEXT NOT NULL,
    sent_at   TEXT NOT NULL
);
INSERT INTO messages (id, parent_id, author, subject, body, sent_at) VALUES
    (1, NULL, 1, 'Welcome', 'Hello all;' || char(10) || 'the gate code is on the board.', '2018-01-01T08:00:00Z'),
    (2, 1, 2, NULL, 'Merci !', '2018-01-01T09:00:00Z'),
    (3, 1, 3, NULL, 'どうも', '2018-01-02T01:00:00Z'),
    (4, 3, 1, 're: Welcome', 'You''re \ welcome', '2018-01-02T10:00:00Z'),
    (5, NULL, NULL, 'Lost keys', 'Green ribbon', '2018-02-02T10:00:00Z');
