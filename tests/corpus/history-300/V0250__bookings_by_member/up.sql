CREATE INDEX bookings_member ON bookings (member_id, event_id);
