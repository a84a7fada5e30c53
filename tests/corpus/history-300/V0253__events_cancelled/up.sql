ALTER TABLE events ADD COLUMN cancelled boolean NOT NULL DEFAULT false;
UPDATE events SET cancelled = true WHERE starts_at >= '2020-03-16 00:00:00' AND starts_at < '2020-06-01 00:00:00';
CREATE INDEX events_upcoming ON events (starts_at) WHERE NOT cancelled;
