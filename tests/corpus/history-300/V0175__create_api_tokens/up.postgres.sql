CREATE TABLE api_tokens (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    member_id  bigint NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    digest     bytea NOT NULL UNIQUE,
    scopes     text[] NOT NULL DEFAULT ARRAY['read']::text[],
    last_used  timestamptz,
    expires_at timestamptz NOT NULL DEFAULT 'infinity'
);
INSERT INTO api_tokens (id, member_id, digest, scopes) VALUES
    ('11111111-2222-4333-8444-555555555555', 1, sha256('secret; 1'), '{read,write}'),
    ('11111111-2222-4333-8444-666666666666', 4, sha256('\x00ff'::bytea), DEFAULT);
