-- The flag moves into a table of its own. The old column is the way back until the next release drops it.
CREATE TABLE subscriptions (
    member_id bigint PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    since     date NOT NULL
);
INSERT INTO subscriptions SELECT id, joined_at::date FROM members WHERE newsletter;
COMMENT ON COLUMN members.newsletter IS 'Replaced by subscriptions';
