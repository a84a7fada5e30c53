WITH RECURSIVE steps (n) AS (
    SELECT 0 UNION ALL SELECT n + 1 FROM steps WHERE n < 19
)
INSERT INTO readings (sensor_id, taken_at, value)
SELECT s.id, strftime('%Y-%m-%dT%H:%M:%SZ', '2017-12-30', '+' || (n * 6) || ' hours'), round(10 + s.id + n * 0.25, 2)
FROM sensors AS s CROSS JOIN steps;
