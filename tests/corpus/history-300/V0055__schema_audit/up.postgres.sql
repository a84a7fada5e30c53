CREATE SCHEMA audit;
COMMENT ON SCHEMA audit IS 'Written by triggers only.';
CREATE TABLE audit.changes (
    id         bigserial PRIMARY KEY,
    relation   regclass NOT NULL,
    operation  "char" NOT NULL,
    old_row    jsonb,
    new_row    jsonb,
    changed_by name NOT NULL DEFAULT SESSION_USER,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
