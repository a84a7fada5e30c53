-- The flag moves into a table of its own. The old column is the way back until the next release drops it.
CREATE TABLE subscriptions (
    member_id INTEGER PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    since     TEXT NOT NULL
);
INSERT INTO subscriptions SELECT id, substr(joined_at, 1, 10) FROM members WHERE newsletter;
