ALTER TABLE gardens ADD COLUMN location point;
UPDATE gardens SET location = point(13.4, 52.5) WHERE id = 1;
UPDATE gardens SET location = '(16.39,48.21)' WHERE id = 2;
CREATE INDEX gardens_location ON gardens USING gist (location);
