DROP TRIGGER bookings_check_seats;
