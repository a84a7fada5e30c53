ALTER TABLE payments ADD COLUMN currency varchar(3) NOT NULL DEFAULT 'EUR';
