PRAGMA foreign_keys = OFF;

CREATE TABLE orders_new (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    supplier_id INTEGER NOT NULL REFERENCES suppliers (id),
    ordered_at  TEXT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'open',
    note        TEXT
);
INSERT INTO orders_new (id, supplier_id, ordered_at, state, note)
SELECT id, supplier_id, ordered_at, state, note
FROM orders;
DROP TABLE orders;
ALTER TABLE orders_new RENAME TO orders;
