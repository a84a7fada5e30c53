-- The two columns that steps 8 and 9 fill go away with step 1, so their own way back is only to empty them:
-- turning back half of the migration and going up again must fill them anew.

-- switchback: step check_completed
UPDATE tasks SET checked = 0 WHERE checked <> 0;

-- switchback: step fill_updated_at
UPDATE tasks SET updated_at = NULL WHERE updated_at IS NOT NULL;

-- switchback: step indexes
DROP INDEX idx_llm_sessions_project_id;
DROP INDEX idx_task_session_links_task_id;
DROP INDEX idx_task_commit_links_commit_sha;
DROP INDEX idx_task_commit_links_task_id;
DROP INDEX idx_git_commits_timestamp;
DROP INDEX idx_git_commits_repo_id;
DROP INDEX idx_tasks_status_blocked;
DROP INDEX idx_tasks_checked;

-- switchback: step task_session_links
DROP TABLE task_session_links;

-- switchback: step task_commit_links
DROP TABLE task_commit_links;

-- switchback: step llm_sessions
DROP TABLE llm_sessions;

-- switchback: step git_commits
DROP TABLE git_commits;

-- switchback: step git_repos
DROP TABLE git_repos;

-- switchback: step task_columns
ALTER TABLE tasks DROP COLUMN updated_at;
ALTER TABLE tasks DROP COLUMN complexity;
ALTER TABLE tasks DROP COLUMN blocked_reason;
ALTER TABLE tasks DROP COLUMN checked;
