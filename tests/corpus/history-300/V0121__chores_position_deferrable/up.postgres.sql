ALTER TABLE chores ADD CONSTRAINT chores_position_key UNIQUE (garden_id, position) DEFERRABLE INITIALLY IMMEDIATE;
