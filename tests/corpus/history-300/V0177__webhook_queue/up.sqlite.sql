CREATE TABLE "webhooks" (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    url        TEXT NOT NULL CHECK (url GLOB 'http*://*'),
    payload    TEXT NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    not_before TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    done       INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX webhooks_due ON webhooks (not_before) WHERE NOT done;
