DROP TRIGGER members_soft_delete;
ALTER TABLE members DROP COLUMN deleted_at;
