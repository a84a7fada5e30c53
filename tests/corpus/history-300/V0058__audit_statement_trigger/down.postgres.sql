DROP TRIGGER payments_audit ON payments;
DROP FUNCTION audit.record_payments();
