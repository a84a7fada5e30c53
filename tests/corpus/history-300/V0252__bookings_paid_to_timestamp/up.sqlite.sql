ALTER TABLE bookings RENAME COLUMN paid_on TO paid_at;
UPDATE bookings SET paid_at = paid_at || 'T00:00:00Z' WHERE paid_at IS NOT NULL;
