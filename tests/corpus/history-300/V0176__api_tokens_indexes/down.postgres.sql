DROP INDEX api_tokens_live, api_tokens_scopes;
