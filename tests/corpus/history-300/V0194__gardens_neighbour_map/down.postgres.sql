DROP TABLE garden_areas;
