CREATE FUNCTION invoice_lines_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.invoice ELSE NEW.invoice END;
BEGIN
    UPDATE invoices SET total = invoice_total(touched) WHERE number = touched;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER invoice_lines_keep_total
    AFTER INSERT OR UPDATE OR DELETE ON invoice_lines
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION invoice_lines_changed();
