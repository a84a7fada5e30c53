-- Every key and everything that refers to one becomes a native uuid. Columns keep their order, constraints and
-- indexes their names. Each table is rewritten once: all its key columns change in one ALTER TABLE.
LOCK TABLE users, journal_entries, tags, entry_tags, reminders IN ACCESS EXCLUSIVE MODE;

-- Only the canonical spelling survives the way there and back, so anything else stops here.
DO $guard$
DECLARE
    key      record;
    rows     bigint;
    problems text[] := '{}';
BEGIN
    FOR key IN
        SELECT * FROM (VALUES
            ('users', 'id'),
            ('journal_entries', 'id'), ('journal_entries', 'user_id'),
            ('tags', 'id'), ('tags', 'user_id'),
            ('entry_tags', 'entry_id'), ('entry_tags', 'tag_id'),
            ('reminders', 'id'), ('reminders', 'user_id'), ('reminders', 'entry_id')
        ) AS keys (table_name, column_name)
    LOOP
        BEGIN
            -- Five times as fast as the pattern below, but it raises on the first value that is no UUID at all.
            EXECUTE format('SELECT count(*) FROM %1$I WHERE %2$I::uuid::text <> %2$I::text',
                           key.table_name, key.column_name) INTO rows;
        EXCEPTION WHEN invalid_text_representation THEN
            EXECUTE format('SELECT count(*) FROM %1$I WHERE %2$I::text !~ %3$L', key.table_name, key.column_name,
                           '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$') INTO rows;
        END;
        IF rows > 0 THEN
            problems := problems || format('%s.%s (%s)', key.table_name, key.column_name, rows);
        END IF;
    END LOOP;
    IF problems <> '{}' THEN
        RAISE EXCEPTION 'values that are not canonical lower-case UUIDs: %', array_to_string(problems, ', ')
            USING ERRCODE = 'check_violation',
                  HINT = 'Correct these values first: converted as they are, the way down could not bring them back.';
    END IF;
END
$guard$;

ALTER TABLE journal_entries DROP CONSTRAINT journal_entries_user_id_fkey;
ALTER TABLE tags DROP CONSTRAINT tags_user_id_fkey;
ALTER TABLE entry_tags DROP CONSTRAINT entry_tags_entry_id_fkey, DROP CONSTRAINT entry_tags_tag_id_fkey;
ALTER TABLE reminders DROP CONSTRAINT reminders_user_id_fkey, DROP CONSTRAINT reminders_entry_id_fkey;

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
