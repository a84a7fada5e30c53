-- switchback: step analyze
-- Statistics are no data.

-- switchback: step fix
UPDATE readings SET value = value - 1 WHERE sensor_id = 2;
