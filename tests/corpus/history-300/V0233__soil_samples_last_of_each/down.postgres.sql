DROP VIEW latest_soil;
