-- People, what they write, how they tag it and what they want to be reminded of. Keys are UUIDs kept as text.
CREATE TABLE users (
    id         varchar(36) CONSTRAINT users_pkey PRIMARY KEY,
    email      text        NOT NULL CONSTRAINT users_email_key UNIQUE,
    name       text        NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE journal_entries (
    id         varchar(36) CONSTRAINT journal_entries_pkey PRIMARY KEY,
    user_id    varchar(36) NOT NULL
               CONSTRAINT journal_entries_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    title      text        NOT NULL,
    body       text        NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX idx_journal_entries_user_id ON journal_entries (user_id);

CREATE TABLE tags (
    id      varchar(36) CONSTRAINT tags_pkey PRIMARY KEY,
    user_id varchar(36) NOT NULL CONSTRAINT tags_user_id_fkey REFERENCES users (id),
    name    text        NOT NULL,
    CONSTRAINT tags_user_id_name_key UNIQUE (user_id, name)
);
CREATE INDEX idx_tags_user_id ON tags (user_id);

CREATE TABLE entry_tags (
    entry_id varchar(36) NOT NULL CONSTRAINT entry_tags_entry_id_fkey REFERENCES journal_entries (id),
    tag_id   varchar(36) NOT NULL CONSTRAINT entry_tags_tag_id_fkey REFERENCES tags (id),
    CONSTRAINT entry_tags_pkey PRIMARY KEY (entry_id, tag_id)
);
CREATE INDEX idx_entry_tags_entry_id ON entry_tags (entry_id);
CREATE INDEX idx_entry_tags_tag_id ON entry_tags (tag_id);

CREATE TABLE reminders (
    id        varchar(36) CONSTRAINT reminders_pkey PRIMARY KEY,
    user_id   varchar(36) NOT NULL CONSTRAINT reminders_user_id_fkey REFERENCES users (id),
    entry_id  varchar(36) CONSTRAINT reminders_entry_id_fkey REFERENCES journal_entries (id) ON DELETE SET NULL,
    remind_at timestamptz NOT NULL,
    message   text        NOT NULL
);
CREATE INDEX idx_reminders_user_id ON reminders (user_id);
CREATE INDEX idx_reminders_entry_id ON reminders (entry_id);
