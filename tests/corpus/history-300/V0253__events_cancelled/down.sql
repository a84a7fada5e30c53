DROP INDEX events_upcoming;
ALTER TABLE events DROP COLUMN cancelled;
