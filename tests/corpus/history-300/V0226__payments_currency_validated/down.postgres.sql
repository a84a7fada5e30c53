ALTER TABLE payments DROP CONSTRAINT payments_currency_known;
ALTER TABLE payments ADD CONSTRAINT payments_currency_known CHECK (currency IN ('EUR', 'CAD')) NOT VALID;
