DROP TABLE reminders;
DROP TABLE entry_tags;
DROP TABLE tags;
DROP TABLE journal_entries;
DROP TABLE users;
