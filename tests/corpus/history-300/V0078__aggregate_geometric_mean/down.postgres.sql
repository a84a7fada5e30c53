DROP AGGREGATE geometric_mean (double precision);
DROP FUNCTION geo_final(double precision[]);
DROP FUNCTION geo_step(double precision[], double precision);
