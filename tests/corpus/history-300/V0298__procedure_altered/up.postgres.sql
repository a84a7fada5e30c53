ALTER PROCEDURE close_orders(timestamptz, bigint) SECURITY DEFINER SET statement_timeout = '5s';
ALTER ROUTINE audit.purge(interval, integer) RENAME TO purge_changes;
REVOKE EXECUTE ON PROCEDURE close_orders(timestamptz, bigint) FROM PUBLIC;
