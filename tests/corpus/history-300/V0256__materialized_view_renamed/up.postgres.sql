ALTER MATERIALIZED VIEW daily_readings RENAME TO readings_by_day;
ALTER INDEX daily_readings_key RENAME TO readings_by_day_key;
ALTER MATERIALIZED VIEW readings_by_day ALTER COLUMN low SET STATISTICS 50;
