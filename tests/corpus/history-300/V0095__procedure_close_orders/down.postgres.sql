DROP PROCEDURE close_orders(timestamptz, bigint);
