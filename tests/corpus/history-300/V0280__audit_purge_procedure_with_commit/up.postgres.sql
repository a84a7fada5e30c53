-- It commits by itself, so it can be called, but never from a migration's transaction.
CREATE PROCEDURE audit.purge(older_than interval, batch integer DEFAULT 1000) LANGUAGE plpgsql AS $purge$
DECLARE
    gone bigint;
BEGIN
    LOOP
        DELETE FROM audit.changes WHERE id IN (
            SELECT id FROM audit.changes WHERE changed_at < now() - older_than LIMIT batch
        );
        GET DIAGNOSTICS gone = ROW_COUNT;
        COMMIT;
        EXIT WHEN gone < batch;
    END LOOP;
END
$purge$;
