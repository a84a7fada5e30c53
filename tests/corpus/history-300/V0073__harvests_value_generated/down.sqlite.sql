ALTER TABLE harvests DROP COLUMN pounds;
