SET maintenance_work_mem = '256MB';
ALTER TABLE journal_entries VALIDATE CONSTRAINT journal_entries_user_id_fkey;
ALTER TABLE tags VALIDATE CONSTRAINT tags_user_id_fkey;
ALTER TABLE entry_tags VALIDATE CONSTRAINT entry_tags_entry_id_fkey;
ALTER TABLE entry_tags VALIDATE CONSTRAINT entry_tags_tag_id_fkey;
ALTER TABLE reminders VALIDATE CONSTRAINT reminders_user_id_fkey;
ALTER TABLE reminders VALIDATE CONSTRAINT reminders_entry_id_fkey;
ANALYZE users, journal_entries, tags, entry_tags, reminders;
