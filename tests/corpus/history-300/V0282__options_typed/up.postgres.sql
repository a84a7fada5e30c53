ALTER TABLE options ADD COLUMN kind text;
UPDATE options SET kind = CASE
    WHEN value ~ '^\d+(\.\d+)?$' THEN 'number'
    WHEN value ~ '^\d\d-\d\d$' THEN 'day'
    ELSE 'text'
END;
