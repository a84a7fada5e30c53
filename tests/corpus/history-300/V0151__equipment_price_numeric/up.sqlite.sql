PRAGMA foreign_keys = OFF;

-- A comma was a decimal point to half of the office; what was typed is kept, for the way back.
CREATE TABLE equipment_price_was (id INTEGER PRIMARY KEY, price TEXT);
INSERT INTO equipment_price_was SELECT id, price FROM equipment WHERE price IS NOT NULL;

CREATE TABLE equipment_new (
    id     integer PRIMARY KEY,
    name   text NOT NULL,
    owner  text,
    bought date,
    price  numeric(10, 2)
);
INSERT INTO equipment_new SELECT id, name, owner, bought, CAST(replace(price, ',', '.') AS numeric) FROM equipment;
DROP TABLE equipment;
ALTER TABLE equipment_new RENAME TO equipment;
