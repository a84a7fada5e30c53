ALTER TABLE bookings ADD COLUMN paid_on date;
UPDATE bookings SET paid_on = '2019-05-01' WHERE NOT waiting AND event_id <> 3;
