-- Tasks learn about completion by checkbox, about commits and about sessions with a language model.
-- Nine steps, nineteen changes. No generated columns: a SQLite of the 3.30 vintage can open the result.

-- switchback: step task_columns
-- `checked` is the source of truth for completion from here on.
ALTER TABLE tasks ADD COLUMN checked INTEGER NOT NULL DEFAULT 0 CHECK (checked IN (0, 1));
ALTER TABLE tasks ADD COLUMN blocked_reason TEXT;
ALTER TABLE tasks ADD COLUMN complexity TEXT CHECK (complexity IN ('S', 'M', 'L', 'XL'));
ALTER TABLE tasks ADD COLUMN updated_at TEXT;

-- switchback: step git_repos
CREATE TABLE git_repos (
    id         INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    path       TEXT NOT NULL,
    remote_url TEXT,
    created_at TEXT NOT NULL
);

-- switchback: step git_commits
CREATE TABLE git_commits (
    sha           TEXT NOT NULL PRIMARY KEY,
    repo_id       INTEGER NOT NULL REFERENCES git_repos (id) ON DELETE CASCADE,
    author        TEXT NOT NULL,
    message       TEXT NOT NULL,
    timestamp     TEXT NOT NULL,
    files_changed INTEGER NOT NULL DEFAULT 0,
    insertions    INTEGER NOT NULL DEFAULT 0,
    deletions     INTEGER NOT NULL DEFAULT 0
);

-- switchback: step llm_sessions
CREATE TABLE llm_sessions (
    id         TEXT NOT NULL PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    model      TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at   TEXT,
    tokens_in  INTEGER NOT NULL DEFAULT 0,
    tokens_out INTEGER NOT NULL DEFAULT 0
);

-- switchback: step task_commit_links
CREATE TABLE task_commit_links (
    task_id    INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    commit_sha TEXT NOT NULL REFERENCES git_commits (sha) ON DELETE CASCADE,
    confidence REAL NOT NULL CHECK (confidence BETWEEN 0.0 AND 1.0),
    link_type  TEXT NOT NULL,
    created_at TEXT NOT NULL,
    -- This way round: the links of a task have an index of their own below.
    PRIMARY KEY (commit_sha, task_id)
);

-- switchback: step task_session_links
CREATE TABLE task_session_links (
    task_id    INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    session_id TEXT NOT NULL REFERENCES llm_sessions (id) ON DELETE CASCADE,
    confidence REAL NOT NULL CHECK (confidence BETWEEN 0.0 AND 1.0),
    created_at TEXT NOT NULL,
    PRIMARY KEY (session_id, task_id)
);

-- switchback: step indexes
CREATE INDEX idx_tasks_checked ON tasks (checked);
CREATE INDEX idx_tasks_status_blocked ON tasks (status) WHERE status = 'blocked';
CREATE INDEX idx_git_commits_repo_id ON git_commits (repo_id);
CREATE INDEX idx_git_commits_timestamp ON git_commits (timestamp);
CREATE INDEX idx_task_commit_links_task_id ON task_commit_links (task_id);
CREATE INDEX idx_task_commit_links_commit_sha ON task_commit_links (commit_sha);
CREATE INDEX idx_task_session_links_task_id ON task_session_links (task_id);
CREATE INDEX idx_llm_sessions_project_id ON llm_sessions (project_id);

-- switchback: step fill_updated_at
UPDATE tasks SET updated_at = created_at;

-- switchback: step check_completed
UPDATE tasks SET checked = 1 WHERE status = 'completed';
