CREATE VIEW latest_soil AS
SELECT garden_id, number, max(taken_on) AS taken_on, ph FROM soil_samples GROUP BY garden_id, number;
