DROP VIEW event_seats;
ALTER TABLE events ALTER COLUMN seats SET DEFAULT 20, ALTER COLUMN title TYPE varchar(80);
CREATE VIEW event_seats AS
SELECT e.id, e.title,
       coalesce(sum(CASE WHEN NOT b.waiting THEN b.seats END), 0) AS taken,
       coalesce(sum(CASE WHEN b.waiting THEN b.seats END), 0) AS waiting
FROM events AS e
LEFT JOIN bookings AS b ON b.event_id = e.id
GROUP BY e.id, e.title;
