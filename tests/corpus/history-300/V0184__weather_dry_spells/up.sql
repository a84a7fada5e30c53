CREATE VIEW dry_spells AS
WITH marked AS (
    SELECT garden_id, day, rain_mm,
           sum(CASE WHEN rain_mm > 0 THEN 1 ELSE 0 END) OVER (PARTITION BY garden_id ORDER BY day) AS spell
    FROM weather
)
SELECT garden_id, min(day) AS first_day, count(*) AS days
FROM marked
WHERE rain_mm = 0
GROUP BY garden_id, spell
HAVING count(*) >= 5;
