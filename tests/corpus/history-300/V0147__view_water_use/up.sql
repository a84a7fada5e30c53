CREATE VIEW water_use AS
SELECT serial, read_on,
       m3 - coalesce(lag(m3) OVER w, 0) AS used,
       avg(m3) OVER (PARTITION BY serial ORDER BY read_on ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS smoothed
FROM meter_readings
WINDOW w AS (PARTITION BY serial ORDER BY read_on);
