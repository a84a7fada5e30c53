UPDATE bookings SET paid_at = substr(paid_at, 1, 10) WHERE paid_at IS NOT NULL;
ALTER TABLE bookings RENAME COLUMN paid_at TO paid_on;
