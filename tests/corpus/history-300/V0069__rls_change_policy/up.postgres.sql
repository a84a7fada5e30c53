ALTER POLICY messages_own ON messages RENAME TO messages_of_mine;
ALTER POLICY messages_of_mine ON messages
    USING (author = nullif(current_setting('app.member', true), '')::bigint OR current_setting('app.admin', true) = 'on');
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
