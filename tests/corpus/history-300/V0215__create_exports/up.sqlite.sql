CREATE TABLE exports (
    id         TEXT DEFAULT (hex(randomblob(16))) NOT NULL PRIMARY KEY,
    kind       TEXT NOT NULL,
    options    TEXT DEFAULT '{"format": "csv", "columns": ["a;b", "c"]}' NOT NULL,
    started_at TEXT DEFAULT CURRENT_TIMESTAMP NOT NULL,
    bytes      INTEGER,
    CONSTRAINT exports_has_format CHECK (json_extract(options, '$.format') IS NOT NULL)
);
