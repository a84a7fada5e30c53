-- It has no TRUNCATE; deleting everything row by row is stopped at the last row.
CREATE TRIGGER payments_never_emptied BEFORE DELETE ON payments
WHEN (SELECT count(*) FROM payments) = 1
BEGIN
    SELECT RAISE(FAIL, 'payments must not be emptied');
END;
