DROP TRIGGER motions_step;
ALTER TABLE motions DROP COLUMN state;
