-- Every key and everything that refers to one becomes a BLOB of 16 bytes. Columns and indexes keep their order and names.
-- Rows are written in the order of their keys, so that later batches, which walk the keys, walk the pages as well.
PRAGMA foreign_keys = OFF;

-- Only the canonical spelling survives the way there and back, so anything else stops here.
CREATE TEMP TABLE uuid_guard (problems TEXT);
CREATE TEMP TRIGGER uuid_guard BEFORE INSERT ON uuid_guard WHEN NEW.problems IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'values that are not canonical lower-case UUIDs: ' || NEW.problems
        || ' (correct them first: converted as they are, the way down could not bring them back)');
END;

WITH keys (place, value) AS (
    SELECT 'users.id', id FROM users
    UNION ALL SELECT 'journal_entries.id', id FROM journal_entries
    UNION ALL SELECT 'journal_entries.user_id', user_id FROM journal_entries
    UNION ALL SELECT 'tags.id', id FROM tags
    UNION ALL SELECT 'tags.user_id', user_id FROM tags
    UNION ALL SELECT 'entry_tags.entry_id', entry_id FROM entry_tags
    UNION ALL SELECT 'entry_tags.tag_id', tag_id FROM entry_tags
    UNION ALL SELECT 'reminders.id', id FROM reminders
    UNION ALL SELECT 'reminders.user_id', user_id FROM reminders
    UNION ALL SELECT 'reminders.entry_id', entry_id FROM reminders WHERE entry_id IS NOT NULL
),
bad (place, rows) AS (
    SELECT place, count(*) FROM keys
    WHERE CASE typeof(value)
        WHEN 'text' THEN value NOT GLOB replace('xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx', 'x', '[0-9a-f]')
        ELSE length(value) <> 16   -- keys that are native already pass
             OR NOT EXISTS (SELECT 1 FROM pragma_table_info('users') WHERE name = 'id' AND type = 'BLOB')
    END
    GROUP BY place
)
INSERT INTO uuid_guard SELECT group_concat(place || ' (' || rows || ')', ', ') FROM bad HAVING count(*) > 0;

DROP TABLE temp.uuid_guard;

CREATE TABLE users_new (
    id         BLOB NOT NULL PRIMARY KEY CHECK (typeof(id) = 'blob' AND length(id) = 16),
    email      TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    created_at TEXT NOT NULL
);
INSERT INTO users_new (id, email, name, created_at)
SELECT
    iif(typeof(id) = 'blob', id, unhex(replace(id, '-', ''))),
    email, name, created_at
FROM users ORDER BY id;
DROP TABLE users;
ALTER TABLE users_new RENAME TO users;

CREATE TABLE journal_entries_new (
    id         BLOB NOT NULL PRIMARY KEY CHECK (typeof(id) = 'blob' AND length(id) = 16),
    user_id    BLOB NOT NULL CHECK (typeof(user_id) = 'blob' AND length(user_id) = 16)
               REFERENCES users (id) ON DELETE CASCADE,
    title      TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
INSERT INTO journal_entries_new (id, user_id, title, body, created_at, updated_at)
SELECT
    iif(typeof(id) = 'blob', id, unhex(replace(id, '-', ''))),
    iif(typeof(user_id) = 'blob', user_id, unhex(replace(user_id, '-', ''))),
    title, body, created_at, updated_at
FROM journal_entries ORDER BY id;
DROP TABLE journal_entries;
ALTER TABLE journal_entries_new RENAME TO journal_entries;
CREATE INDEX idx_journal_entries_user_id ON journal_entries (user_id);

CREATE TABLE tags_new (
    id      BLOB NOT NULL PRIMARY KEY CHECK (typeof(id) = 'blob' AND length(id) = 16),
    user_id BLOB NOT NULL CHECK (typeof(user_id) = 'blob' AND length(user_id) = 16)
            REFERENCES users (id),
    name    TEXT NOT NULL,
    UNIQUE (user_id, name)
);
INSERT INTO tags_new (id, user_id, name)
SELECT
    iif(typeof(id) = 'blob', id, unhex(replace(id, '-', ''))),
    iif(typeof(user_id) = 'blob', user_id, unhex(replace(user_id, '-', ''))),
    name
FROM tags;
DROP TABLE tags;
ALTER TABLE tags_new RENAME TO tags;
CREATE INDEX idx_tags_user_id ON tags (user_id);

CREATE TABLE entry_tags_new (
    entry_id BLOB NOT NULL CHECK (typeof(entry_id) = 'blob' AND length(entry_id) = 16)
             REFERENCES journal_entries (id),
    tag_id   BLOB NOT NULL CHECK (typeof(tag_id) = 'blob' AND length(tag_id) = 16)
             REFERENCES tags (id),
    PRIMARY KEY (entry_id, tag_id)
);
INSERT INTO entry_tags_new (entry_id, tag_id)
SELECT
    iif(typeof(entry_id) = 'blob', entry_id, unhex(replace(entry_id, '-', ''))),
    iif(typeof(tag_id) = 'blob', tag_id, unhex(replace(tag_id, '-', '')))
FROM entry_tags;
DROP TABLE entry_tags;
ALTER TABLE entry_tags_new RENAME TO entry_tags;
CREATE INDEX idx_entry_tags_entry_id ON entry_tags (entry_id);
CREATE INDEX idx_entry_tags_tag_id ON entry_tags (tag_id);

CREATE TABLE reminders_new (
    id        BLOB NOT NULL PRIMARY KEY CHECK (typeof(id) = 'blob' AND length(id) = 16),
    user_id   BLOB NOT NULL CHECK (typeof(user_id) = 'blob' AND length(user_id) = 16)
              REFERENCES users (id),
    entry_id  BLOB CHECK (entry_id IS NULL OR (typeof(entry_id) = 'blob' AND length(entry_id) = 16))
              REFERENCES journal_entries (id) ON DELETE SET NULL,
    remind_at TEXT NOT NULL,
    message   TEXT NOT NULL
);
INSERT INTO reminders_new (id, user_id, entry_id, remind_at, message)
SELECT
    iif(typeof(id) = 'blob', id, unhex(replace(id, '-', ''))),
    iif(typeof(user_id) = 'blob', user_id, unhex(replace(user_id, '-', ''))),
    iif(typeof(entry_id) = 'blob', entry_id, unhex(replace(entry_id, '-', ''))),
    remind_at, message
FROM reminders;
DROP TABLE reminders;
ALTER TABLE reminders_new RENAME TO reminders;
CREATE INDEX idx_reminders_user_id ON reminders (user_id);
CREATE INDEX idx_reminders_entry_id ON reminders (entry_id);
