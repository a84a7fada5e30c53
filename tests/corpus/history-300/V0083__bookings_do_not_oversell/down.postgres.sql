DROP TRIGGER bookings_check_seats ON bookings;
DROP FUNCTION bookings_check_seats();
