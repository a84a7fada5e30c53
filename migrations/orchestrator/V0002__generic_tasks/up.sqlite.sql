-- One kind of task for everything: a tree of tasks, the dependencies between them, and what could not be converted.
CREATE TABLE generic_tasks (
    task_id        TEXT NOT NULL PRIMARY KEY,
    task_type      TEXT NOT NULL,
    parent_task_id TEXT REFERENCES generic_tasks (task_id) ON DELETE CASCADE,
    attributes     TEXT NOT NULL CHECK (json_valid(attributes)),
    status         TEXT NOT NULL
                   CHECK (status IN ('pending', 'active', 'in_progress', 'completed', 'failed', 'blocked', 'cancelled')),
    created_at     TEXT NOT NULL,
    updated_at     TEXT NOT NULL
);
CREATE INDEX idx_generic_tasks_parent_task_id ON generic_tasks (parent_task_id);
CREATE INDEX idx_generic_tasks_status ON generic_tasks (status);
CREATE INDEX idx_generic_tasks_created_at ON generic_tasks (created_at, task_id);

CREATE TABLE task_dependencies (
    id                 INTEGER PRIMARY KEY,
    task_id            TEXT NOT NULL REFERENCES generic_tasks (task_id) ON DELETE CASCADE,
    dependency_task_id TEXT NOT NULL REFERENCES generic_tasks (task_id) ON DELETE CASCADE,
    dependency_type    TEXT NOT NULL,
    description        TEXT,
    UNIQUE (task_id, dependency_task_id)
);
CREATE INDEX idx_task_dependencies_dependency_task_id ON task_dependencies (dependency_task_id);

-- Records that could not be converted: the whole source row, and why.
CREATE TABLE generic_task_rejects (
    source      TEXT NOT NULL,   -- the table that it came from
    id          TEXT NOT NULL,
    row         TEXT NOT NULL CHECK (json_valid(row)),
    reason      TEXT NOT NULL,
    rejected_at TEXT NOT NULL,
    PRIMARY KEY (source, id)
);
CREATE INDEX idx_generic_task_rejects_id ON generic_task_rejects (id);
