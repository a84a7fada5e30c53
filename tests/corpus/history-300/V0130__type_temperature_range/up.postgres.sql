CREATE FUNCTION celsius_diff(double precision, double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2';
CREATE TYPE temperature_range AS RANGE (SUBTYPE = double precision, SUBTYPE_DIFF = celsius_diff);
ALTER TABLE crops ADD COLUMN thrives temperature_range;
UPDATE crops SET thrives = '[18,30)' WHERE id IN (1, 5);
UPDATE crops SET thrives = temperature_range(-5, NULL) WHERE perennial;
CREATE INDEX crops_thrives ON crops USING gist (thrives);
