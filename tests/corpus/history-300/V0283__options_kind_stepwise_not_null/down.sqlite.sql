-- switchback: step not_null
ALTER TABLE options ALTER COLUMN kind DROP NOT NULL;
