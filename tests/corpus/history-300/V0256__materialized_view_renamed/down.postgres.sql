ALTER MATERIALIZED VIEW readings_by_day ALTER COLUMN low SET STATISTICS -1;
ALTER INDEX readings_by_day_key RENAME TO daily_readings_key;
ALTER MATERIALIZED VIEW readings_by_day RENAME TO daily_readings;
