CREATE TRIGGER bookings_check_seats AFTER INSERT ON bookings
WHEN NOT NEW.waiting
BEGIN
    SELECT CASE
        WHEN (SELECT sum(seats) FROM bookings WHERE event_id = NEW.event_id AND NOT waiting)
             > (SELECT CASE WHEN seats IS NULL THEN 1000000 ELSE seats END FROM events WHERE id = NEW.event_id)
        THEN RAISE(ABORT, 'the event is full; try the waiting list')
    END;
END;
