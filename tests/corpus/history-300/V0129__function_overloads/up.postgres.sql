CREATE FUNCTION plot_label(garden integer, plot integer) RETURNS text
    LANGUAGE sql STABLE AS $$ SELECT slug || '/' || plot FROM gardens WHERE id = garden $$;
CREATE FUNCTION plot_label(plot plots, separator text DEFAULT '/') RETURNS text
    LANGUAGE sql STABLE AS $$ SELECT slug || separator || plot.number FROM gardens WHERE id = plot.garden_id $$;
CREATE FUNCTION first_of(anyarray) RETURNS anyelement LANGUAGE sql IMMUTABLE AS 'SELECT $1[array_lower($1, 1)]';
