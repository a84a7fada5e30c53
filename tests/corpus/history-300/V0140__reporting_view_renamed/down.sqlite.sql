DROP VIEW monthly_harvest;
CREATE VIEW monthly_harvest AS
SELECT substr(h.picked_on, 1, 7) AS month, c.family, sum(h.kilograms) AS kilograms,
       count(*) FILTER (WHERE h.kilograms > 5) AS big
FROM harvests AS h
JOIN crops AS c ON c.id = h.crop_id
GROUP BY substr(h.picked_on, 1, 7), c.family;
