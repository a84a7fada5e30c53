-- The legacy store: a breakdown of a task, its subtasks, and locks on resources.
-- JSON is kept as text and the status is free, as the application that wrote them never checked either.
-- Table names are quoted because renaming writes them so: renamed away and back, the text is the same to the byte.
CREATE TABLE "task_breakdowns" (
    parent_task_id TEXT NOT NULL PRIMARY KEY,
    description    TEXT NOT NULL,
    complexity     TEXT,
    context        TEXT,
    created_at     TEXT NOT NULL
);

CREATE TABLE "subtasks" (
    task_id               TEXT NOT NULL PRIMARY KEY,
    parent_task_id        TEXT NOT NULL REFERENCES "task_breakdowns" (parent_task_id),
    title                 TEXT NOT NULL,
    description           TEXT,
    specialist_type       TEXT,
    dependencies          TEXT,   -- a JSON array of task ids
    estimated_effort      TEXT,
    status                TEXT NOT NULL,
    results               TEXT,
    artifacts             TEXT,   -- a JSON array
    file_operations_count INTEGER,
    verification_status   TEXT,
    created_at            TEXT NOT NULL,
    completed_at          TEXT
);
CREATE INDEX idx_subtasks_parent_task_id ON "subtasks" (parent_task_id);

CREATE TABLE "lock_tracking" (
    resource    TEXT NOT NULL PRIMARY KEY,
    owner       TEXT NOT NULL,
    acquired_at TEXT NOT NULL,
    expires_at  TEXT NOT NULL
);
