CREATE VIEW active_suppliers AS SELECT id, name, website, active FROM suppliers WHERE active;
CREATE TRIGGER active_suppliers_insert INSTEAD OF INSERT ON active_suppliers
BEGIN
    INSERT INTO suppliers (id, name, website, active) VALUES (NEW.id, NEW.name, NEW.website, true);
END;
CREATE TRIGGER active_suppliers_delete INSTEAD OF DELETE ON active_suppliers
BEGIN
    UPDATE suppliers SET active = false WHERE id = OLD.id;
END;
