-- The newest commits, for the feed.
SELECT sha, author, message, timestamp FROM git_commits ORDER BY timestamp DESC LIMIT 20;
