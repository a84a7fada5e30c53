CREATE TABLE stock_movements (
    article TEXT NOT NULL,
    at      TEXT NOT NULL,
    pieces  INTEGER NOT NULL,
    reason  TEXT
) STRICT;
CREATE INDEX stock_movements_article ON stock_movements (article, at);
INSERT INTO stock_movements (article, at, pieces, reason)
SELECT i.article, o.ordered_at, i.pieces, 'order ' || o.id FROM order_items AS i JOIN orders AS o ON o.id = i.order_id;
