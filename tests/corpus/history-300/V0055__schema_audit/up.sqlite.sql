CREATE TABLE "audit_changes" (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    relation   TEXT NOT NULL,
    operation  TEXT NOT NULL,
    old_row    TEXT CHECK (old_row IS NULL OR json_valid(old_row)),
    new_row    TEXT CHECK (new_row IS NULL OR json_valid(new_row)),
    changed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
