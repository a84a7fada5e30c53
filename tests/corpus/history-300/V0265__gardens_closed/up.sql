ALTER TABLE gardens ADD COLUMN closed_on date;
CREATE VIEW open_gardens AS SELECT id, slug, name FROM gardens WHERE closed_on IS NULL;
