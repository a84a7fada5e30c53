CREATE INDEX api_tokens_live ON api_tokens USING hash (member_id) WHERE expires_at = 'infinity';
CREATE INDEX api_tokens_scopes ON api_tokens USING gin (scopes);
