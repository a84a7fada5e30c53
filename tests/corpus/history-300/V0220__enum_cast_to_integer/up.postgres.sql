CREATE FUNCTION motion_state_number(motion_state) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT array_position(enum_range(NULL::motion_state), $1)
$$;
CREATE CAST (motion_state AS integer) WITH FUNCTION motion_state_number(motion_state);
