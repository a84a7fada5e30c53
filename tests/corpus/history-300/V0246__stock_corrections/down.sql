DELETE FROM stock_movements WHERE pieces < 0 AND reason IN ('sold', 'count; it never came');
