CREATE INDEX messages_parent ON messages (parent_id);
CREATE INDEX messages_by_author ON messages (author, sent_at DESC);
