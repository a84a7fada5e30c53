ALTER TABLE options ADD COLUMN kind TEXT;
UPDATE options SET kind = CASE
    WHEN value GLOB '[0-9]*.[0-9]*' OR value NOT GLOB '*[^0-9]*' THEN 'number'
    WHEN value GLOB '[0-9][0-9]-[0-9][0-9]' THEN 'day'
    ELSE 'text'
END;
