CREATE VIEW yearly_rent AS
SELECT l.id AS lease_id,
       round(p.square_metres * t.per_m2 + t.flat, 2) AS rent,
       CASE
           WHEN t.name = 'reduced' THEN 'reduced'
           WHEN p.square_metres > 300 THEN CASE WHEN l.status = 'ended' THEN 'large, ended' ELSE 'large' END
           ELSE 'normal'
       END AS class
FROM leases AS l
JOIN plots AS p ON p.garden_id = l.garden_id AND p.number = l.number
JOIN tariffs AS t ON t.id = l.tariff_id;
