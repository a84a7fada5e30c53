ALTER TABLE payments ALTER COLUMN currency SET DEFAULT 'EUR';
ALTER TABLE payments DROP CONSTRAINT payments_currency_known;
