-- Back to varchar(36). The text of a uuid is the canonical spelling, which the way up insisted on.
LOCK TABLE users, journal_entries, tags, entry_tags, reminders IN ACCESS EXCLUSIVE MODE;

ALTER TABLE journal_entries DROP CONSTRAINT journal_entries_user_id_fkey;
ALTER TABLE tags DROP CONSTRAINT tags_user_id_fkey;
ALTER TABLE entry_tags DROP CONSTRAINT entry_tags_entry_id_fkey, DROP CONSTRAINT entry_tags_tag_id_fkey;
ALTER TABLE reminders DROP CONSTRAINT reminders_user_id_fkey, DROP CONSTRAINT reminders_entry_id_fkey;

ALTER TABLE users
    ALTER COLUMN id TYPE varchar(36) USING id::text;
ALTER TABLE journal_entries
    ALTER COLUMN id TYPE varchar(36) USING id::text,
    ALTER COLUMN user_id TYPE varchar(36) USING user_id::text;
ALTER TABLE tags
    ALTER COLUMN id TYPE varchar(36) USING id::text,
    ALTER COLUMN user_id TYPE varchar(36) USING user_id::text;
ALTER TABLE entry_tags
    ALTER COLUMN entry_id TYPE varchar(36) USING entry_id::text,
    ALTER COLUMN tag_id TYPE varchar(36) USING tag_id::text;
ALTER TABLE reminders
    ALTER COLUMN id TYPE varchar(36) USING id::text,
    ALTER COLUMN user_id TYPE varchar(36) USING user_id::text,
    ALTER COLUMN entry_id TYPE varchar(36) USING entry_id::text;

ALTER TABLE journal_entries
    ADD CONSTRAINT journal_entries_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE tags
    ADD CONSTRAINT tags_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id);
ALTER TABLE entry_tags
    ADD CONSTRAINT entry_tags_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES journal_entries (id),
    ADD CONSTRAINT entry_tags_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES tags (id);
ALTER TABLE reminders
    ADD CONSTRAINT reminders_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    ADD CONSTRAINT reminders_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES journal_entries (id) ON DELETE SET NULL;
