DROP VIEW event_seats;
