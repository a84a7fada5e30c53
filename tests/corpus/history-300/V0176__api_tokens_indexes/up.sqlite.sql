CREATE INDEX api_tokens_live ON api_tokens (member_id) WHERE expires_at IS NULL;
CREATE INDEX api_tokens_scopes ON api_tokens (json_array_length(scopes));
