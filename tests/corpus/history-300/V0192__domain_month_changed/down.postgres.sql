COMMENT ON DOMAIN month_of_year IS NULL;
ALTER DOMAIN month_of_year RENAME TO month_number;
ALTER DOMAIN month_number RENAME CONSTRAINT month_number_in_year TO month_number_range;
ALTER DOMAIN month_number SET DEFAULT 1;
