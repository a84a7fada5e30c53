DROP TRIGGER members_touch;
ALTER TABLE members DROP COLUMN updated_at;
