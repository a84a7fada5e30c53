CREATE DOMAIN email_address AS text
    CONSTRAINT email_address_shape CHECK (VALUE ~ '^[^@\s]+@[^@\s]+\.[a-z]{2,}$');
ALTER TABLE members ALTER COLUMN email TYPE email_address;
