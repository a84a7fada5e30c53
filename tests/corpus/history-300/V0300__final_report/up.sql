/* The last of three hundred; one view over much of what came before. */
CREATE VIEW year_report AS
SELECT g.slug,
       (SELECT count(*) FROM plots AS p WHERE p.garden_id = g.id) AS plots,
       (SELECT count(*) FROM leases AS l WHERE l.garden_id = g.id AND l.ends_on IS NULL) AS leased,
       (SELECT coalesce(sum(h.kilograms), 0) FROM harvests AS h WHERE h.garden_id = g.id) AS kilograms,
       (SELECT count(*) FROM events AS e WHERE e.garden_id = g.id AND NOT e.cancelled) AS events,
       CASE WHEN EXISTS (SELECT 1 FROM sensors AS s WHERE s.garden_id = g.id) THEN 'measured' ELSE 'unknown' END AS weather
FROM gardens AS g
WHERE g.closed_on IS NULL;
