DROP POLICY messages_not_empty ON messages;
DROP POLICY messages_own ON messages;
DROP POLICY messages_read ON messages;
ALTER TABLE messages DISABLE ROW LEVEL SECURITY;
