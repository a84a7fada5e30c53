CREATE TRIGGER order_summary_update INSTEAD OF UPDATE OF state ON order_summary
FOR EACH ROW WHEN NEW.state IS NOT OLD.state
BEGIN
    UPDATE orders SET state = NEW.state WHERE id = OLD.id;
END;
