ALTER TABLE bookings ALTER COLUMN paid_on TYPE timestamptz USING paid_on::timestamp AT TIME ZONE 'UTC';
ALTER TABLE bookings RENAME COLUMN paid_on TO paid_at;
