-- Every key and every reference to one is native.
SELECT table_name, column_name, data_type
FROM information_schema.columns
WHERE table_schema = current_schema()
  AND (table_name, column_name) IN (
      ('users', 'id'), ('journal_entries', 'id'), ('journal_entries', 'user_id'), ('tags', 'id'), ('tags', 'user_id'),
      ('entry_tags', 'entry_id'), ('entry_tags', 'tag_id'),
      ('reminders', 'id'), ('reminders', 'user_id'), ('reminders', 'entry_id'))
  AND data_type <> 'uuid';

-- The foreign keys are back, and valid.
SELECT missing.name
FROM unnest(ARRAY[
    'journal_entries_user_id_fkey', 'tags_user_id_fkey', 'entry_tags_entry_id_fkey', 'entry_tags_tag_id_fkey',
    'reminders_user_id_fkey', 'reminders_entry_id_fkey']) AS missing (name)
WHERE NOT EXISTS (
    SELECT 1 FROM pg_constraint
    WHERE conname = missing.name AND contype = 'f' AND convalidated AND connamespace = current_schema()::regnamespace);
