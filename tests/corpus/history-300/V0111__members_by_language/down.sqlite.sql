DROP INDEX members_by_language;
