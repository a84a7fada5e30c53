DROP INDEX audit_changes_name;
