CREATE INDEX members_by_language ON members (preferences ->> '$.lang') WHERE json_type(preferences, '$.lang') IS NOT NULL;
