ALTER TABLE sensors ADD COLUMN gain double precision NOT NULL DEFAULT 1.0;
ALTER TABLE sensors ADD COLUMN zero_offset double precision NOT NULL DEFAULT 0;
CREATE VIEW calibrated_readings AS
SELECT r.sensor_id, r.taken_at, (r.value - s.zero_offset) * s.gain AS value
FROM readings AS r JOIN sensors AS s ON s.id = r.sensor_id;
