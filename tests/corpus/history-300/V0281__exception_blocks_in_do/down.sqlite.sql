DROP TRIGGER options_audit_delete;
DELETE FROM options WHERE name = 'exports.any';
CREATE TRIGGER options_audit_delete AFTER DELETE ON options
BEGIN
    INSERT INTO audit_changes (relation, operation, old_row)
    VALUES ('options', 'D', json_object('name', OLD.name, 'value', OLD.value));
END;
