CREATE INDEX members_by_language ON members ((preferences ->> 'lang')) WHERE preferences ? 'lang';
CREATE INDEX members_preferences ON members USING gin (preferences);
