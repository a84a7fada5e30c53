CREATE TABLE "sessions" (
    token      BLOB PRIMARY KEY CHECK (length(token) = 32),
    member_id  INTEGER NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    expires_at TEXT NOT NULL DEFAULT (datetime('now', '+30 days')),
    ip         TEXT,
    agent      TEXT
) STRICT, WITHOUT ROWID;
