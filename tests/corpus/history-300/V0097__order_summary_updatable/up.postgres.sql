CREATE FUNCTION order_summary_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IS DISTINCT FROM OLD.state THEN
        UPDATE orders SET state = NEW.state WHERE id = OLD.id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER order_summary_update INSTEAD OF UPDATE ON order_summary
    FOR EACH ROW EXECUTE FUNCTION order_summary_update();
