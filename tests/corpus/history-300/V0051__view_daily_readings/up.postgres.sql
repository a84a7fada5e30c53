CREATE MATERIALIZED VIEW daily_readings AS
SELECT sensor_id, (taken_at AT TIME ZONE 'UTC')::date AS day, min(value) AS low, max(value) AS high, count(*) AS n
FROM readings
GROUP BY sensor_id, (taken_at AT TIME ZONE 'UTC')::date
WITH DATA;
CREATE UNIQUE INDEX daily_readings_key ON daily_readings (sensor_id, day);
