CREATE TABLE soils (
    code  text PRIMARY KEY,
    label text NOT NULL,
    ph    real
);
INSERT INTO soils (code, label, ph)
SELECT DISTINCT soil, upper(substr(soil, 1, 1)) || substr(soil, 2), CAST(NULL AS real) FROM plots WHERE soil IS NOT NULL;
UPDATE soils SET ph = CASE code WHEN 'loam' THEN 6.5 WHEN 'clay' THEN 7.5 ELSE 6.0 END;
