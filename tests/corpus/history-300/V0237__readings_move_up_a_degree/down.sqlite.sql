UPDATE readings SET value = value - 1 WHERE sensor_id = 2;
