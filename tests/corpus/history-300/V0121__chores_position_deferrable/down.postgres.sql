ALTER TABLE chores DROP CONSTRAINT chores_position_key;
