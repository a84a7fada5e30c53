ALTER TABLE bookings RENAME COLUMN paid_at TO paid_on;
ALTER TABLE bookings ALTER COLUMN paid_on TYPE date USING (paid_on AT TIME ZONE 'UTC')::date;
