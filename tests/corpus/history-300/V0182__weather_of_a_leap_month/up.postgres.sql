INSERT INTO weather (garden_id, day, low, high, rain_mm)
SELECT 1, d::date, -5 + extract(day FROM d) / 3, extract(day FROM d) / 2, CASE WHEN extract(dow FROM d) = 0 THEN 4.5 ELSE 0 END
FROM generate_series(timestamp '2020-02-01', '2020-02-29', '1 day') AS d;
