DROP INDEX members_preferences;
DROP INDEX members_by_language;
