PRAGMA foreign_keys = OFF;

CREATE TABLE equipment_new (
    id     integer PRIMARY KEY,
    name   text NOT NULL,
    owner  text,
    bought date,
    price  text
);
INSERT INTO equipment_new
SELECT e.id, e.name, e.owner, e.bought, w.price FROM equipment AS e LEFT JOIN equipment_price_was AS w ON w.id = e.id;
DROP TABLE equipment;
ALTER TABLE equipment_new RENAME TO equipment;
DROP TABLE equipment_price_was;
