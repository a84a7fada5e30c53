CREATE INDEX audit_changes_at ON audit_changes (changed_at DESC, id DESC);
