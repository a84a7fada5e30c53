-- switchback: step fix
UPDATE readings SET value = value + 1 WHERE sensor_id = 2;

-- switchback: step analyze
ANALYZE readings;
