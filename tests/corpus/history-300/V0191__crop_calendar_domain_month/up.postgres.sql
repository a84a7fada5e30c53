CREATE DOMAIN month_number AS integer NOT NULL DEFAULT 1;
ALTER DOMAIN month_number ADD CONSTRAINT month_number_range CHECK (VALUE BETWEEN 1 AND 12) NOT VALID;
ALTER TABLE crop_calendar ALTER COLUMN month TYPE month_number;
ALTER DOMAIN month_number VALIDATE CONSTRAINT month_number_range;
