ALTER AGGREGATE geomean(double precision) RENAME TO geometric_mean;
ALTER FUNCTION reports.geo_step(double precision[], double precision) SET SCHEMA public;
ALTER FUNCTION current_rank() RENAME TO my_rank;
