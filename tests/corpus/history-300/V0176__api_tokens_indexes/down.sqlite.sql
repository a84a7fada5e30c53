DROP INDEX api_tokens_scopes;
DROP INDEX api_tokens_live;
