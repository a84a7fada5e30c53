COMMENT ON COLUMN members.newsletter IS NULL;
DROP TABLE subscriptions;
