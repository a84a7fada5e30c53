-- The legacy store: a breakdown of a task, its subtasks, and locks on resources.
-- JSON is kept as text and the status is free, as the application that wrote them never checked either.
CREATE TABLE task_breakdowns (
    parent_task_id text NOT NULL PRIMARY KEY,
    description    text NOT NULL,
    complexity     text,
    context        text,
    created_at     timestamptz NOT NULL
);

CREATE TABLE subtasks (
    task_id               text NOT NULL PRIMARY KEY,
    parent_task_id        text NOT NULL REFERENCES task_breakdowns (parent_task_id),
    title                 text NOT NULL,
    description           text,
    specialist_type       text,
    dependencies          text,   -- a JSON array of task ids
    estimated_effort      text,
    status                text NOT NULL,
    results               text,
    artifacts             text,   -- a JSON array
    file_operations_count integer,
    verification_status   text,
    created_at            timestamptz NOT NULL,
    completed_at          timestamptz
);
CREATE INDEX idx_subtasks_parent_task_id ON subtasks (parent_task_id);

CREATE TABLE lock_tracking (
    resource    text NOT NULL PRIMARY KEY,
    owner       text NOT NULL,
    acquired_at timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL
);
