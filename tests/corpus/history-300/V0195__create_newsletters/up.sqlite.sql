CREATE TABLE "newsletters" (
    id      INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,
    body    TEXT NOT NULL,
    sent_at TEXT
);
CREATE TABLE newsletter_recipients (
    newsletter_id INTEGER NOT NULL REFERENCES newsletters ON DELETE CASCADE,
    member_id     INTEGER NOT NULL REFERENCES members ON DELETE CASCADE,
    opened_at     TEXT,
    PRIMARY KEY (newsletter_id, member_id)
);
INSERT INTO newsletters (id, subject, body) VALUES
    (1, 'Spring', 'Dear all,
the gate opens on 1 March; bring the key.
  -- Your committee
'),
    (2, '', '');
