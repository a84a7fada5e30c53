-- Plot 7 in Canada becomes 7 and 8; its harvests stay with 7.
INSERT INTO plots (garden_id, number, square_metres, soil, fence)
SELECT garden_id, 8, square_metres / 2, soil, fence FROM plots WHERE garden_id = 3 AND number = 7;
UPDATE plots SET square_metres = square_metres / 2 WHERE garden_id = 3 AND number = 7;
