CREATE FUNCTION nth_state(state numeric[], value numeric) RETURNS numeric[]
    LANGUAGE sql IMMUTABLE AS 'SELECT array_append(state, value)';
CREATE FUNCTION second_largest_final(state numeric[]) RETURNS numeric
    LANGUAGE sql IMMUTABLE AS 'SELECT v FROM unnest(state) AS v ORDER BY v DESC OFFSET 1 LIMIT 1';
CREATE AGGREGATE second_largest (numeric) (
    SFUNC = nth_state, STYPE = numeric[], FINALFUNC = second_largest_final, FINALFUNC_MODIFY = READ_ONLY, INITCOND = '{}'
);
COMMENT ON AGGREGATE second_largest(numeric) IS 'The runner-up';
