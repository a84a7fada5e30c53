UPDATE plots SET square_metres = 90.75 WHERE garden_id = 3 AND number = 7;
DELETE FROM plots WHERE garden_id = 3 AND number = 8;
