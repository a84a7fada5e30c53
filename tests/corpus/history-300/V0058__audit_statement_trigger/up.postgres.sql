-- One row a statement for mass changes, counted from the transition table.
CREATE FUNCTION audit.record_payments() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
    INSERT INTO audit.changes (relation, operation, new_row)
    SELECT TG_RELID, 'B', jsonb_build_object('rows', count(*), 'sum', sum(amount)) FROM fresh;
    RETURN NULL;
END
$f$;
CREATE TRIGGER payments_audit AFTER INSERT ON payments
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION audit.record_payments();
