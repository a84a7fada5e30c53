ALTER TABLE messages NO FORCE ROW LEVEL SECURITY;
ALTER POLICY messages_of_mine ON messages USING (author = nullif(current_setting('app.member', true), '')::bigint);
ALTER POLICY messages_of_mine ON messages RENAME TO messages_own;
