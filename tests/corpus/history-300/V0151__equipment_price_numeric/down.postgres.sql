ALTER TABLE equipment ALTER COLUMN price TYPE text USING price::text;
UPDATE equipment SET price = w.price FROM equipment_price_was AS w WHERE w.id = equipment.id;
DROP TABLE equipment_price_was;
