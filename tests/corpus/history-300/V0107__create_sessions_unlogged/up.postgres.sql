CREATE UNLOGGED TABLE sessions (
    token      bytea PRIMARY KEY CHECK (octet_length(token) = 32),
    member_id  bigint NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL DEFAULT now() + interval '30 days',
    ip         inet,
    agent      text
) WITH (fillfactor = 90);
