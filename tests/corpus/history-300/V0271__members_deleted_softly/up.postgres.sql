ALTER TABLE members ADD COLUMN deleted_at timestamptz;
CREATE FUNCTION members_soft_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE members SET deleted_at = now() WHERE id = OLD.id;
    RETURN NULL;
END$$;
CREATE TRIGGER members_soft_delete BEFORE DELETE ON members
    FOR EACH ROW WHEN (OLD.deleted_at IS NULL) EXECUTE FUNCTION members_soft_delete();
