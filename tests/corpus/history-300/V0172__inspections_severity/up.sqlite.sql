ALTER TABLE inspections ADD COLUMN severity TEXT
    AS (CASE WHEN mites > 10 THEN 'high' WHEN mites > 0 THEN 'low' ELSE 'none' END);
