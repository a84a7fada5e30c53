DROP TRIGGER payments_currency_known;
