-- Every key and every reference to one is native.
SELECT m.name, c.name, c.type
FROM sqlite_schema AS m, pragma_table_info(m.name) AS c
WHERE m.type = 'table' AND m.name IN ('users', 'journal_entries', 'tags', 'entry_tags', 'reminders')
  AND (c.name = 'id' OR c.name LIKE '%\_id' ESCAPE '\') AND c.type <> 'BLOB';
