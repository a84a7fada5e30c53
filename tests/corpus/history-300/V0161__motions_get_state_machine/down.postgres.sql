DROP TRIGGER motions_step ON motions;
DROP FUNCTION motions_step();
ALTER TABLE motions DROP COLUMN state;
DROP TYPE motion_state;
