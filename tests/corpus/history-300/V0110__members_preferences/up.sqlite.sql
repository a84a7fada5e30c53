ALTER TABLE members ADD COLUMN preferences TEXT NOT NULL DEFAULT '{}' CHECK (json_type(preferences) = 'object');
UPDATE members SET preferences = json_object('lang', CASE country WHEN 'CA' THEN 'fr' WHEN 'JP' THEN 'ja' ELSE 'de' END);
