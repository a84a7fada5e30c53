ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY messages_read ON messages FOR SELECT TO PUBLIC USING (true);
CREATE POLICY messages_own ON messages AS PERMISSIVE FOR UPDATE
    USING (author = nullif(current_setting('app.member', true), '')::bigint)
    WITH CHECK (author = nullif(current_setting('app.member', true), '')::bigint);
CREATE POLICY messages_not_empty ON messages AS RESTRICTIVE FOR INSERT WITH CHECK (length(btrim(body)) > 0);
