CREATE VIEW audit_purgeable AS SELECT id FROM audit_changes WHERE changed_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 year');
