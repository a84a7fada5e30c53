ALTER DOMAIN month_number DROP DEFAULT;
ALTER DOMAIN month_number RENAME CONSTRAINT month_number_range TO month_number_in_year;
ALTER DOMAIN month_number RENAME TO month_of_year;
COMMENT ON DOMAIN month_of_year IS '1 is January';
