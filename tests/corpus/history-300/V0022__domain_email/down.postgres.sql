ALTER TABLE members ALTER COLUMN email TYPE text;
DROP DOMAIN email_address;
