DROP CAST (motion_state AS integer);
DROP FUNCTION motion_state_number(motion_state);
