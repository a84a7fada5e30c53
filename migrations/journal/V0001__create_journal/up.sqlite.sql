-- People, what they write, how they tag it and what they want to be reminded of. Keys are UUIDs kept as text.
-- Timestamps are UTC text, ISO 8601. Table names are quoted because a rebuild writes them so, and the way back of
-- a later rebuild is then exact to the byte.
CREATE TABLE "users" (
    id         VARCHAR(36) NOT NULL PRIMARY KEY,
    email      TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    created_at TEXT NOT NULL
);

CREATE TABLE "journal_entries" (
    id         VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id    VARCHAR(36) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title      TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX idx_journal_entries_user_id ON journal_entries (user_id);

CREATE TABLE "tags" (
    id      VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) NOT NULL REFERENCES users (id),
    name    TEXT NOT NULL,
    UNIQUE (user_id, name)
);
CREATE INDEX idx_tags_user_id ON tags (user_id);

CREATE TABLE "entry_tags" (
    entry_id VARCHAR(36) NOT NULL REFERENCES journal_entries (id),
    tag_id   VARCHAR(36) NOT NULL REFERENCES tags (id),
    PRIMARY KEY (entry_id, tag_id)
);
CREATE INDEX idx_entry_tags_entry_id ON entry_tags (entry_id);
CREATE INDEX idx_entry_tags_tag_id ON entry_tags (tag_id);

CREATE TABLE "reminders" (
    id        VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id   VARCHAR(36) NOT NULL REFERENCES users (id),
    entry_id  VARCHAR(36) REFERENCES journal_entries (id) ON DELETE SET NULL,
    remind_at TEXT NOT NULL,
    message   TEXT NOT NULL
);
CREATE INDEX idx_reminders_user_id ON reminders (user_id);
CREATE INDEX idx_reminders_entry_id ON reminders (entry_id);
