INSERT INTO readings (sensor_id, taken_at, value)
SELECT s.id, timestamptz '2017-12-30 00:00:00Z' + n * interval '6 hours', round((10 + s.id + n * 0.25)::numeric, 2)
FROM sensors AS s
CROSS JOIN generate_series(0, 19) AS n;
