PRAGMA foreign_keys = OFF;

CREATE TABLE order_items_new (
    order_id INTEGER NOT NULL REFERENCES "orders" (id) ON DELETE CASCADE,
    article  TEXT NOT NULL,
    pieces   INTEGER NOT NULL DEFAULT 1,
    price    NUMERIC,
    CONSTRAINT order_items_key PRIMARY KEY (order_id, article)
);
INSERT INTO order_items_new (order_id, article, pieces, price)
SELECT order_id, article, pieces, price
FROM order_items;
DROP TABLE order_items;
ALTER TABLE order_items_new RENAME TO order_items;
