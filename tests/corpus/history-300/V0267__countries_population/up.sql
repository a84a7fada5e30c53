ALTER TABLE countries ADD COLUMN population bigint;
UPDATE countries SET population = v.n
FROM (SELECT 'DE' AS code, 83000000 AS n UNION ALL SELECT 'AT', 8900000 UNION ALL SELECT 'JP', 126000000) AS v
WHERE v.code = countries.code;
