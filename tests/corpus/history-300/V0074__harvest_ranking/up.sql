CREATE VIEW harvest_ranking AS
SELECT crop_id, garden_id, number, sum(kilograms) AS kilograms,
       rank() OVER (PARTITION BY crop_id ORDER BY sum(kilograms) DESC) AS place
FROM harvests
GROUP BY crop_id, garden_id, number;
