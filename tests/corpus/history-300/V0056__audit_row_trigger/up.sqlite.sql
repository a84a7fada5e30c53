CREATE TRIGGER options_audit_update AFTER UPDATE OF value ON options
WHEN OLD.value IS NOT NEW.value
BEGIN
    INSERT INTO audit_changes (relation, operation, old_row, new_row)
    VALUES ('options', 'U', json_object('name', OLD.name, 'value', OLD.value), json_object('name', NEW.name, 'value', NEW.value));
END;
CREATE TRIGGER options_audit_delete AFTER DELETE ON options
BEGIN
    INSERT INTO audit_changes (relation, operation, old_row)
    VALUES ('options', 'D', json_object('name', OLD.name, 'value', OLD.value));
END;
