DROP TRIGGER members_touch;
CREATE TRIGGER members_touch AFTER UPDATE OF email, name, country, born_on, phone, newsletter, home, preferences ON members
FOR EACH ROW WHEN NEW.updated_at IS OLD.updated_at
BEGIN
    UPDATE members SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE id = NEW.id;
END;
