ALTER TABLE members ADD COLUMN preferences jsonb NOT NULL DEFAULT '{}'::jsonb;
ALTER TABLE members ADD CONSTRAINT members_preferences_object CHECK (jsonb_typeof(preferences) = 'object');
ALTER TABLE members DISABLE TRIGGER members_touch;
UPDATE members SET preferences = jsonb_build_object('lang', CASE country WHEN 'CA' THEN 'fr' WHEN 'JP' THEN 'ja' ELSE 'de' END);
ALTER TABLE members ENABLE TRIGGER members_touch;
