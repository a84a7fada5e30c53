CREATE UNIQUE INDEX chores_position_key ON chores (garden_id, position);
