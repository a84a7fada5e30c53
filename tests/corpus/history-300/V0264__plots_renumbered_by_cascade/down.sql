UPDATE plots SET number = 2 WHERE garden_id = 2 AND number = 12;
