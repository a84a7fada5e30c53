CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key
    email TEXT NOT NULL COLLATE NOCASE,
    [name] TEXT, /* may be missing */
    CONSTRAINT users_email_key UNIQUE (email)
);
CREATE TABLE orders(
    id INTEGER NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    "number" TEXT NOT NULL,
    total INTEGER NOT NULL DEFAULT 0,
    double INTEGER GENERATED ALWAYS AS (total * 2) STORED,
    CONSTRAINT orders_pkey PRIMARY KEY (id),
    CONSTRAINT orders_number_key UNIQUE ("number"),
    CONSTRAINT orders_total_check CHECK (total >= -100)
);
CREATE TABLE lines (
    order_id INTEGER NOT NULL,
    what text not null,
    amount INTEGER NOT NULL DEFAULT 1 CHECK (amount <> 13),
    extra,
    PRIMARY KEY (order_id, what),
    CONSTRAINT lines_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id)
) WITHOUT ROWID;
CREATE INDEX orders_open ON orders(user_id) WHERE total = 0;
CREATE INDEX users_lower on users (lower(email), name DESC);
CREATE TRIGGER touch AFTER UPDATE OF what ON lines WHEN new.what = 'never' BEGIN
    UPDATE orders SET total = total + 1 WHERE id = new.order_id;
END;
CREATE VIEW names AS SELECT id, name FROM users;
INSERT INTO users (id, email, name) VALUES (1, 'A@x', NULL), (5, 'b''"@x', 'Bé'), (7, '', ''), (9, 'c;--@x', 'c');
DELETE FROM users WHERE id = 9;
INSERT INTO orders (id, user_id, "number", total) VALUES (1, 1, 'a', 10), (2, 5, 'b', 0), (3, 5, 'c', 99);
INSERT INTO lines (order_id, what, amount, extra) VALUES (1, 'pen', 2, x'00ff'), (1, 'ink', 1, 1.5), (3, 'cap', 7, 'text'), (2, 'nib', 1, NULL);
