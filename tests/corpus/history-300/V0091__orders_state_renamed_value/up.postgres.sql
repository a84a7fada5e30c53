ALTER TYPE order_state RENAME VALUE 'lost' TO 'missing';
