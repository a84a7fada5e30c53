//! What `orchestrator/V0003__migrate_legacy` is made of. It has been applied somewhere, so it is history: a changed
//! conversion is a new migration, never an edit in here.

pub(crate) mod archive;
pub(crate) mod changes;
pub(crate) mod convert;
pub(crate) mod cycles;
pub(crate) mod freeze;
pub(crate) mod report;

use switchback::Dialect;

/// Every column of a breakdown.
pub(crate) const BREAKDOWN: [&str; 5] =
    ["parent_task_id", "description", "complexity", "context", "created_at"];

/// Every column of a subtask.
pub(crate) const SUBTASK: [&str; 14] = [
    "task_id",
    "parent_task_id",
    "title",
    "description",
    "specialist_type",
    "dependencies",
    "estimated_effort",
    "status",
    "results",
    "artifacts",
    "file_operations_count",
    "verification_status",
    "created_at",
    "completed_at",
];

/// Where rejects are kept.
pub(crate) const REJECTS: &str = "generic_task_rejects";

/// How the reason begins when a subtask is rejected for what it depends on.
pub(crate) const DEPENDS: &str = "depends on ";

/// Which rows of `task_dependencies` came from legacy.
pub(crate) const LEGACY_LINK: &str =
    "dependency_type = 'completion' AND description = 'Legacy dependency on ' || dependency_task_id";

/// The dependencies of subtasks, each pair once, as a common table expression named `edges (task_id,
/// dependency_task_id)`. Only of those subtasks which were not rejected, for only their JSON is known to be good;
/// `and` narrows them down further.
pub(crate) fn edges(dialect: Dialect, subtasks: &str, and: &str) -> String {
    let elements = match dialect {
        Dialect::Sqlite => "json_each(v.dependencies) AS d",
        Dialect::Postgres => "jsonb_array_elements_text(v.dependencies::jsonb) AS d (value)",
    };
    format!(
        "WITH valid AS MATERIALIZED (
            SELECT s.task_id, s.dependencies FROM {subtasks} AS s
            WHERE s.dependencies IS NOT NULL {and}
              AND NOT EXISTS (SELECT 1 FROM {REJECTS} AS r WHERE r.source = 'subtasks' AND r.id = s.task_id)
        ),
        edges (task_id, dependency_task_id) AS (
            SELECT DISTINCT v.task_id, d.value FROM valid AS v, {elements}
        )"
    )
}
