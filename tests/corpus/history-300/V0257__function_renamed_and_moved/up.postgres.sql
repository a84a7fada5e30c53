ALTER FUNCTION my_rank() RENAME TO current_rank;
ALTER FUNCTION geo_step(double precision[], double precision) SET SCHEMA reports;
ALTER AGGREGATE geometric_mean(double precision) RENAME TO geomean;
