DROP TRIGGER members_touch ON members;
ALTER TABLE members DROP COLUMN updated_at;
