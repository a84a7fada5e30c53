ALTER TABLE inspections DROP CONSTRAINT inspections_mites_positive;
