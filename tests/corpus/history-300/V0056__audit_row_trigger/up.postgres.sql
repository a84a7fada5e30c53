CREATE FUNCTION audit.record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_temp
AS $body$
DECLARE
    entry audit.changes%ROWTYPE;
BEGIN
    entry.relation := TG_RELID;
    entry.operation := left(TG_OP, 1);
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        entry.old_row := to_jsonb(OLD);
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        entry.new_row := to_jsonb(NEW);
    END IF;
    INSERT INTO audit.changes (relation, operation, old_row, new_row)
    VALUES (entry.relation, entry.operation, entry.old_row, entry.new_row);
    RETURN NULL; -- $other$ and 'a quote; do not end it
END;
$body$;
REVOKE EXECUTE ON FUNCTION audit.record_change() FROM PUBLIC;
CREATE TRIGGER options_audit AFTER INSERT OR UPDATE OR DELETE ON options
    FOR EACH ROW EXECUTE FUNCTION audit.record_change();
