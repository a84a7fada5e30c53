ALTER TABLE bookings DROP COLUMN paid_on;
