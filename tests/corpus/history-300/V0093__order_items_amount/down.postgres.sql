ALTER TABLE order_items DROP COLUMN amount;
