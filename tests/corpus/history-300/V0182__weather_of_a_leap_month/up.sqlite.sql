WITH RECURSIVE days (d) AS (
    VALUES ('2020-02-01')
    UNION ALL
    SELECT date(d, '+1 day') FROM days WHERE d < '2020-02-29'
)
INSERT INTO weather (garden_id, day, low, high, rain_mm)
SELECT 1, d, -5 + strftime('%d', d) / 3.0, strftime('%d', d) / 2.0, CASE strftime('%w', d) WHEN '0' THEN 4.5 ELSE 0 END
FROM days;
