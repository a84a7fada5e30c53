ALTER TABLE gardens ADD COLUMN longitude REAL;
ALTER TABLE gardens ADD COLUMN latitude REAL;
UPDATE gardens SET longitude = 13.4, latitude = 52.5 WHERE id = 1;
UPDATE gardens SET (longitude, latitude) = (16.39, 48.21) WHERE id = 2;
