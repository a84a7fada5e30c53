CREATE TABLE crop_renames (crop_id INTEGER, was TEXT, now_is TEXT, at TEXT DEFAULT CURRENT_TIMESTAMP);
CREATE TRIGGER crops_log_rename AFTER UPDATE OF common ON crops WHEN OLD.common <> NEW.common
BEGIN
    INSERT INTO crop_renames (crop_id, was, now_is) VALUES (OLD.id, OLD.common, NEW.common);
END;
