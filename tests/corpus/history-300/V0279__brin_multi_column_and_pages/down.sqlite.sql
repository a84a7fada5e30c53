DROP INDEX audit_changes_at;
