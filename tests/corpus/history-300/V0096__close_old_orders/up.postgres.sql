CALL close_orders('2019-03-01T00:00:00Z');
