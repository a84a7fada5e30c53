ALTER TYPE order_state RENAME VALUE 'missing' TO 'lost';
