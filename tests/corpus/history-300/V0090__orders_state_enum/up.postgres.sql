CREATE TYPE order_state AS ENUM ('open', 'delivered', 'lost');
ALTER TABLE orders
    ALTER COLUMN state DROP DEFAULT,
    ALTER COLUMN state TYPE order_state USING state::order_state,
    ALTER COLUMN state SET DEFAULT 'open';
