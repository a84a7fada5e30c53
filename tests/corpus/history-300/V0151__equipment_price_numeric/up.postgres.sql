-- A comma was a decimal point to half of the office; what was typed is kept, for the way back.
CREATE TABLE equipment_price_was (id integer PRIMARY KEY, price text);
INSERT INTO equipment_price_was SELECT id, price FROM equipment WHERE price IS NOT NULL;
ALTER TABLE equipment ALTER COLUMN price TYPE numeric(10, 2) USING replace(price, ',', '.')::numeric(10, 2);
