CREATE TABLE api_tokens (
    id         TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))),
    member_id  INTEGER NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    digest     BLOB NOT NULL UNIQUE,
    scopes     TEXT NOT NULL DEFAULT '["read"]' CHECK (json_type(scopes) = 'array'),
    last_used  TEXT,
    expires_at TEXT
);
INSERT INTO api_tokens (id, member_id, digest, scopes) VALUES
    ('11111111222243338444555555555555', 1, x'e3b0c44298fc1c14', '["read","write"]'),
    ('11111111222243338444666666666666', 4, zeroblob(8), '["read"]');
