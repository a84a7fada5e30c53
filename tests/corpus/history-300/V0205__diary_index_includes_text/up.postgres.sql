CREATE INDEX diary_day ON diary (day) INCLUDE (mood) WITH (deduplicate_items = off);
