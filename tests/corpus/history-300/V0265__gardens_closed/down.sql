DROP VIEW open_gardens;
ALTER TABLE gardens DROP COLUMN closed_on;
