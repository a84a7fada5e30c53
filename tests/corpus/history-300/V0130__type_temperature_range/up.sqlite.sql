CREATE VIRTUAL TABLE crop_climate USING rtree(crop_id, low, high);
INSERT INTO crop_climate VALUES (1, 18, 30), (5, 18, 30), (3, -5, 99), (4, -5, 99);
