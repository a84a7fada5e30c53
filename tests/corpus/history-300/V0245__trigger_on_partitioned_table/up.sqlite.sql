CREATE TRIGGER stock_not_from_the_future AFTER INSERT ON stock_movements
WHEN NEW.at > strftime('%Y-%m-%dT%H:%M:%SZ', 'now')
BEGIN
    UPDATE stock_movements SET at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE rowid = NEW.rowid;
END;
