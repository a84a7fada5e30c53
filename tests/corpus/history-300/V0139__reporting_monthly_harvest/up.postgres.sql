CREATE VIEW reporting.monthly_harvest WITH (security_barrier = true) AS
SELECT date_trunc('month', h.picked_on)::date AS month,
       coalesce(c.family, 'all') AS family,
       sum(h.kilograms) AS kilograms,
       count(*) FILTER (WHERE h.kilograms > 5) AS big,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY h.kilograms) AS median
FROM harvests AS h
JOIN crops AS c ON c.id = h.crop_id
GROUP BY GROUPING SETS ((date_trunc('month', h.picked_on), c.family), (date_trunc('month', h.picked_on)));
