-- A view and a trigger with UPDATE OF pin the column's type.
DROP VIEW event_seats;
DROP TRIGGER bookings_check_seats ON bookings;
ALTER TABLE bookings ALTER COLUMN seats TYPE integer;
CREATE TRIGGER bookings_check_seats AFTER INSERT OR UPDATE OF seats, waiting ON bookings
    FOR EACH ROW WHEN (NOT NEW.waiting) EXECUTE FUNCTION bookings_check_seats();
ALTER TABLE events ALTER COLUMN seats TYPE integer;
CREATE VIEW event_seats AS
SELECT e.id, e.title,
       coalesce(sum(CASE WHEN NOT b.waiting THEN b.seats END), 0) AS taken,
       coalesce(sum(CASE WHEN b.waiting THEN b.seats END), 0) AS waiting
FROM events AS e
LEFT JOIN bookings AS b ON b.event_id = e.id
GROUP BY e.id, e.title;
