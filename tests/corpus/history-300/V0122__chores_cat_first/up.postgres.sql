SET CONSTRAINTS chores_position_key DEFERRED;
UPDATE chores SET position = 1 WHERE garden_id = 1 AND what = 'Feed the cat';
UPDATE chores SET position = 3 WHERE garden_id = 1 AND what = 'Open the gate';
