CREATE VIRTUAL TABLE garden_areas USING rtree_i32(garden_id, min_x, max_x, min_y, max_y);
INSERT INTO garden_areas VALUES (1, 0, 5, 0, 5), (2, 10, 12, 10, 12);
