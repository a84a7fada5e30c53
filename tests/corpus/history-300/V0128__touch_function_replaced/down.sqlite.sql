DROP TRIGGER members_touch;
CREATE TRIGGER members_touch AFTER UPDATE OF email, name, country, born_on, phone, newsletter ON members
FOR EACH ROW
BEGIN
    UPDATE members SET updated_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE id = NEW.id;
END;
