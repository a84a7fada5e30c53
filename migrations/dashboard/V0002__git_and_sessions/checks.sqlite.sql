-- Queries that must return no rows. They hold after the migration and later, while older clients still write tasks.

-- A completed task that nobody has touched since is ticked.
SELECT id, title FROM tasks WHERE status = 'completed' AND checked = 0 AND updated_at = created_at;

-- Nothing was changed before it was created.
SELECT id, created_at, updated_at FROM tasks WHERE updated_at < created_at;

-- No orphan in any of the nine tables.
SELECT "table", rowid, parent FROM pragma_foreign_key_check;

-- A confidence is a share.
SELECT task_id, commit_sha, confidence FROM task_commit_links
WHERE typeof(confidence) <> 'real' OR confidence NOT BETWEEN 0.0 AND 1.0;

SELECT task_id, session_id, confidence FROM task_session_links
WHERE typeof(confidence) <> 'real' OR confidence NOT BETWEEN 0.0 AND 1.0;
