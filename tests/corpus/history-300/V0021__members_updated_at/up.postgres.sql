ALTER TABLE members ADD COLUMN updated_at timestamptz;
CREATE TRIGGER members_touch BEFORE UPDATE ON members
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
