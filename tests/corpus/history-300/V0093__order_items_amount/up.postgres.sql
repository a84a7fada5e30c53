ALTER TABLE order_items ADD COLUMN amount numeric(14, 2) GENERATED ALWAYS AS (pieces * price) STORED;
