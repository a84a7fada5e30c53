CREATE TRIGGER payments_currency_known BEFORE INSERT ON payments
WHEN NEW.currency NOT IN ('EUR', 'CAD')
BEGIN
    SELECT RAISE(ROLLBACK, 'no such currency');
END;
