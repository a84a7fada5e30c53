DROP TRIGGER options_audit_delete;
DROP TRIGGER options_audit_update;
