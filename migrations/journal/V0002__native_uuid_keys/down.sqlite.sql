-- switchback: compiled from migration.toml by switchback 0.1.0; change that, then run `switchback seal`

PRAGMA foreign_keys = OFF;
PRAGMA cache_size = -65536;
PRAGMA legacy_alter_table = ON;
ALTER TABLE "entry_tags" RENAME TO "switchback_old_entry_tags";

CREATE TABLE "entry_tags" (
    entry_id VARCHAR(36) NOT NULL REFERENCES journal_entries (id),
    tag_id   VARCHAR(36) NOT NULL REFERENCES tags (id),
    PRIMARY KEY (entry_id, tag_id)
);

INSERT INTO "entry_tags" (rowid, "entry_id", "tag_id")
SELECT rowid, switchback_uuid_text("entry_id"), switchback_uuid_text("tag_id") FROM "switchback_old_entry_tags";

DROP TABLE "switchback_old_entry_tags";
CREATE INDEX idx_entry_tags_entry_id ON entry_tags (entry_id);
CREATE INDEX idx_entry_tags_tag_id ON entry_tags (tag_id);
PRAGMA legacy_alter_table = OFF;
PRAGMA legacy_alter_table = ON;
ALTER TABLE "journal_entries" RENAME TO "switchback_old_journal_entries";

CREATE TABLE "journal_entries" (
    id         VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id    VARCHAR(36) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title      TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

INSERT INTO "journal_entries" ("id", "user_id", "title", "body", "created_at", "updated_at")
SELECT switchback_uuid_text("id"), switchback_uuid_text("user_id"), "title", "body", "created_at", "updated_at" FROM "switchback_old_journal_entries" ORDER BY +"id";

DROP TABLE "switchback_old_journal_entries";
CREATE INDEX idx_journal_entries_user_id ON journal_entries (user_id);
PRAGMA legacy_alter_table = OFF;
PRAGMA legacy_alter_table = ON;
ALTER TABLE "reminders" RENAME TO "switchback_old_reminders";

CREATE TABLE "reminders" (
    id        VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id   VARCHAR(36) NOT NULL REFERENCES users (id),
    entry_id  VARCHAR(36) REFERENCES journal_entries (id) ON DELETE SET NULL,
    remind_at TEXT NOT NULL,
    message   TEXT NOT NULL
);

INSERT INTO "reminders" ("id", "user_id", "entry_id", "remind_at", "message")
SELECT switchback_uuid_text("id"), switchback_uuid_text("user_id"), switchback_uuid_text("entry_id"), "remind_at", "message" FROM "switchback_old_reminders" ORDER BY +"id";

DROP TABLE "switchback_old_reminders";
CREATE INDEX idx_reminders_entry_id ON reminders (entry_id);
CREATE INDEX idx_reminders_user_id ON reminders (user_id);
PRAGMA legacy_alter_table = OFF;
PRAGMA legacy_alter_table = ON;
ALTER TABLE "tags" RENAME TO "switchback_old_tags";

CREATE TABLE "tags" (
    id      VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) NOT NULL REFERENCES users (id),
    name    TEXT NOT NULL,
    UNIQUE (user_id, name)
);

INSERT INTO "tags" ("id", "user_id", "name")
SELECT switchback_uuid_text("id"), switchback_uuid_text("user_id"), "name" FROM "switchback_old_tags" ORDER BY +"id";

DROP TABLE "switchback_old_tags";
CREATE INDEX idx_tags_user_id ON tags (user_id);
PRAGMA legacy_alter_table = OFF;
PRAGMA legacy_alter_table = ON;
ALTER TABLE "users" RENAME TO "switchback_old_users";

CREATE TABLE "users" (
    id         VARCHAR(36) NOT NULL PRIMARY KEY,
    email      TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    created_at TEXT NOT NULL
);

INSERT INTO "users" ("id", "email", "name", "created_at")
SELECT switchback_uuid_text("id"), "email", "name", "created_at" FROM "switchback_old_users" ORDER BY +"id";

DROP TABLE "switchback_old_users";
PRAGMA legacy_alter_table = OFF;
