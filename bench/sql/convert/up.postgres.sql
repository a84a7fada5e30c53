-- The best that is written by hand: one rewrite a table, foreign keys validated behind the commit.
SET LOCAL maintenance_work_mem = '256MB';
LOCK TABLE users, journal_entries, tags, entry_tags, reminders IN ACCESS EXCLUSIVE MODE;
ALTER TABLE journal_entries DROP CONSTRAINT journal_entries_user_id_fkey;
ALTER TABLE tags DROP CONSTRAINT tags_user_id_fkey;
ALTER TABLE entry_tags DROP CONSTRAINT entry_tags_entry_id_fkey;
ALTER TABLE entry_tags DROP CONSTRAINT entry_tags_tag_id_fkey;
ALTER TABLE reminders DROP CONSTRAINT reminders_user_id_fkey;
ALTER TABLE reminders DROP CONSTRAINT reminders_entry_id_fkey;
ALTER TABLE users
    ALTER COLUMN id TYPE uuid USING id::uuid;
ALTER TABLE journal_entries
    ALTER COLUMN id TYPE uuid USING id::uuid,
    ALTER COLUMN user_id TYPE uuid USING user_id::uuid;
ALTER TABLE tags
    ALTER COLUMN id TYPE uuid USING id::uuid,
    ALTER COLUMN user_id TYPE uuid USING user_id::uuid;
ALTER TABLE entry_tags
    ALTER COLUMN entry_id TYPE uuid USING entry_id::uuid,
    ALTER COLUMN tag_id TYPE uuid USING tag_id::uuid;
ALTER TABLE reminders
    ALTER COLUMN id TYPE uuid USING id::uuid,
    ALTER COLUMN user_id TYPE uuid USING user_id::uuid,
    ALTER COLUMN entry_id TYPE uuid USING entry_id::uuid;
ALTER TABLE journal_entries ADD CONSTRAINT journal_entries_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID;
ALTER TABLE tags ADD CONSTRAINT tags_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
ALTER TABLE entry_tags ADD CONSTRAINT entry_tags_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES journal_entries (id) NOT VALID;
ALTER TABLE entry_tags ADD CONSTRAINT entry_tags_tag_id_fkey FOREIGN KEY (tag_id) REFERENCES tags (id) NOT VALID;
ALTER TABLE reminders ADD CONSTRAINT reminders_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
ALTER TABLE reminders ADD CONSTRAINT reminders_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES journal_entries (id) ON DELETE SET NULL NOT VALID;
