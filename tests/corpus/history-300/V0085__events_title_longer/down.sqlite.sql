PRAGMA foreign_keys = OFF;

DROP VIEW event_seats;
DROP TRIGGER bookings_check_seats;

CREATE TABLE events_new (
    id        integer PRIMARY KEY,
    garden_id integer REFERENCES gardens (id) ON DELETE CASCADE,
    title     varchar(80) NOT NULL,
    starts_at timestamp NOT NULL,
    ends_at   timestamp,
    seats     smallint DEFAULT 20 CHECK (seats >= 0),
    CHECK (ends_at > starts_at)
);
INSERT INTO events_new (id, garden_id, title, starts_at, ends_at, seats)
SELECT id, garden_id, title, starts_at, ends_at, seats
FROM events;
DROP TABLE events;
ALTER TABLE events_new RENAME TO events;

CREATE TRIGGER bookings_check_seats AFTER INSERT ON bookings
WHEN NOT NEW.waiting
BEGIN
    SELECT CASE
        WHEN (SELECT sum(seats) FROM bookings WHERE event_id = NEW.event_id AND NOT waiting)
             > (SELECT CASE WHEN seats IS NULL THEN 1000000 ELSE seats END FROM events WHERE id = NEW.event_id)
        THEN RAISE(ABORT, 'the event is full; try the waiting list')
    END;
END;
CREATE VIEW event_seats AS
SELECT e.id, e.title,
       coalesce(sum(CASE WHEN NOT b.waiting THEN b.seats END), 0) AS taken,
       coalesce(sum(CASE WHEN b.waiting THEN b.seats END), 0) AS waiting
FROM events AS e
LEFT JOIN bookings AS b ON b.event_id = e.id
GROUP BY e.id, e.title;
