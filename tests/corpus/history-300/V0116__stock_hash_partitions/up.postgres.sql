CREATE TABLE stock_movements (
    article text NOT NULL,
    at      timestamptz NOT NULL,
    pieces  integer NOT NULL,
    reason  text
) PARTITION BY HASH (article);
CREATE TABLE stock_movements_0 PARTITION OF stock_movements FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE stock_movements_1 PARTITION OF stock_movements FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE stock_movements_2 PARTITION OF stock_movements FOR VALUES WITH (MODULUS 3, REMAINDER 2) WITH (fillfactor = 70);
CREATE INDEX stock_movements_article ON stock_movements (article, at);
INSERT INTO stock_movements (article, at, pieces, reason)
SELECT i.article, o.ordered_at, i.pieces, 'order ' || o.id FROM order_items AS i JOIN orders AS o ON o.id = i.order_id;
