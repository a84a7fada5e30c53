ALTER TABLE inspections DROP COLUMN severity;
ALTER TABLE inspections ADD COLUMN severity text
    GENERATED ALWAYS AS (CASE WHEN mites > 10 THEN 'high' WHEN mites > 0 THEN 'low' ELSE 'none' END) STORED;
