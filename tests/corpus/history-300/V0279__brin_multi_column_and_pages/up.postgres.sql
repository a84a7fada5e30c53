CREATE INDEX changes_at ON audit.changes USING brin (changed_at, id) WITH (pages_per_range = 16, autosummarize = on);
