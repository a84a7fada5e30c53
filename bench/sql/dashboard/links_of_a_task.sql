-- The commits that are linked to a task.
SELECT c.sha, c.message, l.confidence, l.link_type
FROM task_commit_links l JOIN git_commits c ON c.sha = l.commit_sha
WHERE l.task_id = 4711;
