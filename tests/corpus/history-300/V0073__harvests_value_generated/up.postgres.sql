ALTER TABLE harvests ADD COLUMN pounds numeric GENERATED ALWAYS AS (round(kilograms * 2.20462, 2)) STORED;
