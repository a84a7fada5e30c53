ALTER TABLE inspections ADD CONSTRAINT inspections_mites_positive CHECK (mites >= 0);
