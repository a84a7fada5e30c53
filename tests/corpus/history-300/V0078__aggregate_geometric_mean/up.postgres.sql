CREATE FUNCTION geo_step(state double precision[], value double precision) RETURNS double precision[]
    LANGUAGE sql IMMUTABLE AS 'SELECT ARRAY[state[1] + ln(value), state[2] + 1]';
CREATE FUNCTION geo_final(state double precision[]) RETURNS double precision
    LANGUAGE sql IMMUTABLE AS 'SELECT CASE WHEN state[2] > 0 THEN exp(state[1] / state[2]) END';
CREATE AGGREGATE geometric_mean (double precision) (
    SFUNC = geo_step,
    STYPE = double precision[],
    FINALFUNC = geo_final,
    INITCOND = '{0,0}'
);
