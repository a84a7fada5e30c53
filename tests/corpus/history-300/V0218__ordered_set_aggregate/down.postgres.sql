DROP AGGREGATE second_largest(numeric);
DROP FUNCTION second_largest_final(numeric[]);
DROP FUNCTION nth_state(numeric[], numeric);
