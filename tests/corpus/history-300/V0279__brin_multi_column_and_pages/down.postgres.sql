DROP INDEX audit.changes_at;
