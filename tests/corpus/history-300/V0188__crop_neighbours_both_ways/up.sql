CREATE VIEW neighbours AS
SELECT crop_id, other_id, good FROM crop_neighbours
UNION ALL
SELECT other_id, crop_id, good FROM crop_neighbours
EXCEPT
SELECT id, id, true FROM crops;
