DROP INDEX crops_thrives;
ALTER TABLE crops DROP COLUMN thrives;
DROP TYPE temperature_range;
DROP FUNCTION celsius_diff(double precision, double precision);
