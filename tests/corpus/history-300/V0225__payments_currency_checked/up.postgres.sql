ALTER TABLE payments ADD CONSTRAINT payments_currency_known CHECK (currency IN ('EUR', 'CAD')) NOT VALID;
ALTER TABLE payments ALTER COLUMN currency DROP DEFAULT;
