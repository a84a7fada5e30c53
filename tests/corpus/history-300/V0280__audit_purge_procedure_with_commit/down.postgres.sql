DROP PROCEDURE audit.purge(interval, integer);
