ALTER TABLE orders
    ALTER COLUMN state DROP DEFAULT,
    ALTER COLUMN state TYPE text USING state::text,
    ALTER COLUMN state SET DEFAULT 'open';
DROP TYPE order_state;
