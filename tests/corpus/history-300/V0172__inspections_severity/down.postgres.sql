ALTER TABLE inspections DROP COLUMN severity;
