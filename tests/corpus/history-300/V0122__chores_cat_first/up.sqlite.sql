UPDATE chores SET position = -position WHERE garden_id = 1 AND position IN (1, 3);
UPDATE chores SET position = CASE position WHEN -1 THEN 3 WHEN -3 THEN 1 END WHERE garden_id = 1 AND position < 0;
