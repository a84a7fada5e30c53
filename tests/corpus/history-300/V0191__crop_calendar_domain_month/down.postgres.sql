ALTER TABLE crop_calendar ALTER COLUMN month TYPE integer;
DROP DOMAIN month_number;
