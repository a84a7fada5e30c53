ALTER TABLE members ADD COLUMN deleted_at TEXT;
CREATE TRIGGER members_soft_delete BEFORE DELETE ON members WHEN OLD.deleted_at IS NULL
BEGIN
    UPDATE members SET deleted_at = CURRENT_TIMESTAMP WHERE id = OLD.id;
    SELECT RAISE(IGNORE);
END;
