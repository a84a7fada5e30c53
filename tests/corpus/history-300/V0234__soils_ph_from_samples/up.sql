CREATE TABLE soils_ph_was AS SELECT code, ph FROM soils;
UPDATE soils SET ph = s.ph
FROM (
    SELECT p.soil, avg(x.ph) AS ph
    FROM soil_samples AS x
    JOIN plots AS p ON p.garden_id = x.garden_id AND p.number = x.number
    GROUP BY p.soil
) AS s
WHERE s.soil = soils.code;
