CREATE PUBLICATION prices FOR TABLE order_items, suppliers WITH (publish = 'insert, update');
