DROP TABLE sensor_kinds;
