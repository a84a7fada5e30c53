DROP TRIGGER options_audit ON options;
DROP FUNCTION audit.record_change();
