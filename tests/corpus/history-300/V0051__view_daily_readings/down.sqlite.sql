DROP VIEW daily_readings;
