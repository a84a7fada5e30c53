CREATE VIEW latest_soil AS
SELECT DISTINCT ON (garden_id, number) garden_id, number, taken_on, ph
FROM soil_samples
ORDER BY garden_id, number, taken_on DESC;
