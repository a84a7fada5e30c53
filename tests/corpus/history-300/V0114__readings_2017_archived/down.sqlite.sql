INSERT INTO readings SELECT * FROM archive_readings_2017;
DROP TABLE archive_readings_2017;
