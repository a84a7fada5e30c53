-- Back to text: the canonical spelling of each key, which the way up insisted on.
PRAGMA foreign_keys = OFF;

CREATE TABLE users_new (
    id         VARCHAR(36) NOT NULL PRIMARY KEY,
    email      TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    created_at TEXT NOT NULL
);
INSERT INTO users_new (id, email, name, created_at)
SELECT
    substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-' || substr(id, 13, 4) || '-' || substr(id, 17, 4)
        || '-' || substr(id, 21),
    email, name, created_at
FROM (SELECT lower(hex(id)) AS id, email, name, created_at FROM users);
DROP TABLE users;
ALTER TABLE users_new RENAME TO users;

CREATE TABLE journal_entries_new (
    id         VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id    VARCHAR(36) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title      TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
INSERT INTO journal_entries_new (id, user_id, title, body, created_at, updated_at)
SELECT
    substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-' || substr(id, 13, 4) || '-' || substr(id, 17, 4)
        || '-' || substr(id, 21),
    substr(user_id, 1, 8) || '-' || substr(user_id, 9, 4) || '-' || substr(user_id, 13, 4) || '-' || substr(user_id, 17, 4)
        || '-' || substr(user_id, 21),
    title, body, created_at, updated_at
FROM (SELECT lower(hex(id)) AS id, lower(hex(user_id)) AS user_id, title, body, created_at, updated_at FROM journal_entries);
DROP TABLE journal_entries;
ALTER TABLE journal_entries_new RENAME TO journal_entries;
CREATE INDEX idx_journal_entries_user_id ON journal_entries (user_id);

CREATE TABLE tags_new (
    id      VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) NOT NULL REFERENCES users (id),
    name    TEXT NOT NULL,
    UNIQUE (user_id, name)
);
INSERT INTO tags_new (id, user_id, name)
SELECT
    substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-' || substr(id, 13, 4) || '-' || substr(id, 17, 4)
        || '-' || substr(id, 21),
    substr(user_id, 1, 8) || '-' || substr(user_id, 9, 4) || '-' || substr(user_id, 13, 4) || '-' || substr(user_id, 17, 4)
        || '-' || substr(user_id, 21),
    name
FROM (SELECT lower(hex(id)) AS id, lower(hex(user_id)) AS user_id, name FROM tags);
DROP TABLE tags;
ALTER TABLE tags_new RENAME TO tags;
CREATE INDEX idx_tags_user_id ON tags (user_id);

CREATE TABLE entry_tags_new (
    entry_id VARCHAR(36) NOT NULL REFERENCES journal_entries (id),
    tag_id   VARCHAR(36) NOT NULL REFERENCES tags (id),
    PRIMARY KEY (entry_id, tag_id)
);
INSERT INTO entry_tags_new (entry_id, tag_id)
SELECT
    substr(entry_id, 1, 8) || '-' || substr(entry_id, 9, 4) || '-' || substr(entry_id, 13, 4) || '-' || substr(entry_id, 17, 4)
        || '-' || substr(entry_id, 21),
    substr(tag_id, 1, 8) || '-' || substr(tag_id, 9, 4) || '-' || substr(tag_id, 13, 4) || '-' || substr(tag_id, 17, 4)
        || '-' || substr(tag_id, 21)
FROM (SELECT lower(hex(entry_id)) AS entry_id, lower(hex(tag_id)) AS tag_id FROM entry_tags);
DROP TABLE entry_tags;
ALTER TABLE entry_tags_new RENAME TO entry_tags;
CREATE INDEX idx_entry_tags_entry_id ON entry_tags (entry_id);
CREATE INDEX idx_entry_tags_tag_id ON entry_tags (tag_id);

CREATE TABLE reminders_new (
    id        VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id   VARCHAR(36) NOT NULL REFERENCES users (id),
    entry_id  VARCHAR(36) REFERENCES journal_entries (id) ON DELETE SET NULL,
    remind_at TEXT NOT NULL,
    message   TEXT NOT NULL
);
INSERT INTO reminders_new (id, user_id, entry_id, remind_at, message)
SELECT
    substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-' || substr(id, 13, 4) || '-' || substr(id, 17, 4)
        || '-' || substr(id, 21),
    substr(user_id, 1, 8) || '-' || substr(user_id, 9, 4) || '-' || substr(user_id, 13, 4) || '-' || substr(user_id, 17, 4)
        || '-' || substr(user_id, 21),
    substr(entry_id, 1, 8) || '-' || substr(entry_id, 9, 4) || '-' || substr(entry_id, 13, 4) || '-' || substr(entry_id, 17, 4)
        || '-' || substr(entry_id, 21),
    remind_at, message
FROM (SELECT lower(hex(id)) AS id, lower(hex(user_id)) AS user_id, nullif(lower(hex(entry_id)), '') AS entry_id, remind_at, message FROM reminders);
DROP TABLE reminders;
ALTER TABLE reminders_new RENAME TO reminders;
CREATE INDEX idx_reminders_user_id ON reminders (user_id);
CREATE INDEX idx_reminders_entry_id ON reminders (entry_id);
