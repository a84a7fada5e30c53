DROP INDEX bookings_member;
