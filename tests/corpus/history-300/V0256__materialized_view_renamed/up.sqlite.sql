CREATE VIEW readings_by_day AS SELECT * FROM daily_readings;
