CREATE VIEW daily_readings AS
SELECT sensor_id, substr(taken_at, 1, 10) AS day, min(value) AS low, max(value) AS high, count(*) AS n
FROM readings
GROUP BY sensor_id, substr(taken_at, 1, 10);
