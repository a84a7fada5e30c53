CREATE FUNCTION bookings_check_seats() RETURNS trigger LANGUAGE plpgsql AS $check$
DECLARE
    free integer;
BEGIN
    SELECT e.seats - coalesce(sum(b.seats), 0) INTO free
    FROM events AS e
    LEFT JOIN bookings AS b ON b.event_id = e.id AND NOT b.waiting
    WHERE e.id = NEW.event_id
    GROUP BY e.seats;
    IF free < 0 THEN
        RAISE EXCEPTION 'event % is full by %', NEW.event_id, -free
            USING ERRCODE = 'check_violation', HINT = 'Put the booking on the waiting list';
    END IF;
    RETURN NULL;
END;
$check$;
CREATE TRIGGER bookings_check_seats AFTER INSERT OR UPDATE OF seats, waiting ON bookings
    FOR EACH ROW WHEN (NOT NEW.waiting) EXECUTE FUNCTION bookings_check_seats();
