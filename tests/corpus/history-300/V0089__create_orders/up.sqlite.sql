CREATE TABLE "orders" (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    supplier_id INTEGER NOT NULL REFERENCES suppliers (id),
    ordered_at  TEXT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'open',
    note        TEXT
);
CREATE TABLE "order_items" (
    order_id INTEGER NOT NULL REFERENCES "orders" (id) ON DELETE CASCADE,
    article  TEXT NOT NULL,
    pieces   INTEGER NOT NULL DEFAULT 1,
    price    NUMERIC,
    CONSTRAINT order_items_key PRIMARY KEY (order_id, article)
);
INSERT INTO orders (id, supplier_id, ordered_at, state) VALUES
    (1, 1, '2019-01-10T12:00:00Z', 'delivered'), (2, 2, '2019-02-11T12:00:00Z', 'open'), (3, 1, '2019-03-12T12:00:00Z', 'lost');
INSERT INTO order_items (order_id, article, pieces, price) VALUES
    (1, 'tomato-seed', 20, 1.99), (1, 'onion-sets', 5, 3.49), (2, 'compost-40l', 30, 6.00), (3, 'hoe', 1, NULL);
