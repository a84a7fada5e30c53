ALTER TABLE members DROP CONSTRAINT members_preferences_object;
ALTER TABLE members DROP COLUMN preferences;
