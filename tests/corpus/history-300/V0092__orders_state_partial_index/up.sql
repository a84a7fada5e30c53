CREATE INDEX orders_open ON orders (supplier_id, ordered_at) WHERE state = 'open';
