DROP VIEW calibrated_readings;
ALTER TABLE sensors DROP COLUMN zero_offset;
ALTER TABLE sensors DROP COLUMN gain;
