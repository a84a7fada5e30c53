GRANT EXECUTE ON PROCEDURE close_orders(timestamptz, bigint) TO PUBLIC;
ALTER ROUTINE audit.purge_changes(interval, integer) RENAME TO purge;
ALTER PROCEDURE close_orders(timestamptz, bigint) SECURITY INVOKER RESET statement_timeout;
