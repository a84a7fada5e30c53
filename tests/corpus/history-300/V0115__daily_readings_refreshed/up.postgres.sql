-- Not needed for the shape; the numbers were stale.
REFRESH MATERIALIZED VIEW CONCURRENTLY daily_readings;
