CREATE TRIGGER crops_search_insert AFTER INSERT ON crops BEGIN
    INSERT INTO crops_search (rowid, common, latin, description) VALUES (NEW.id, NEW.common, NEW.latin, NEW.description);
END;
CREATE TRIGGER crops_search_delete AFTER DELETE ON crops BEGIN
    INSERT INTO crops_search (crops_search, rowid, common, latin, description)
    VALUES ('delete', OLD.id, OLD.common, OLD.latin, OLD.description);
END;
