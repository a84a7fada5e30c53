DROP TRIGGER payments_never_truncated ON payments;
DROP FUNCTION refuse_truncate();
