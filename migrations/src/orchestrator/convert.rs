//! One legacy record in, one generic task out, or the reason why not. Pure.

use switchback::{Dialect, FromValue, Row, Value};
use time::OffsetDateTime;

const STATUSES: [&str; 7] =
    ["pending", "active", "in_progress", "completed", "failed", "blocked", "cancelled"];

/// The columns of `generic_tasks`, in the order of [`values`](Task::values).
pub(crate) const TASK: [&str; 7] =
    ["task_id", "task_type", "parent_task_id", "attributes", "status", "created_at", "updated_at"];

/// A generic task.
#[derive(Debug, PartialEq)]
pub(crate) struct Task {
    id: String,
    kind: &'static str,
    parent: Option<String>,
    attributes: String,
    status: String,
    created_at: Value,
    updated_at: Value,
}

impl Task {
    pub(crate) fn values(self) -> Vec<Value> {
        vec![
            self.id.into(),
            self.kind.into(),
            self.parent.into(),
            Value::Json(self.attributes),
            self.status.into(),
            self.created_at,
            self.updated_at,
        ]
    }
}

/// A breakdown becomes a root.
pub(crate) fn breakdown(row: &Row, at: &str) -> Result<Task, String> {
    let id = id(row, "parent_task_id")?;
    let description: String = get(row, "description")?;
    let created_at = moment(row, "created_at")?.ok_or("created_at is missing")?;
    let start: String = description.chars().take(50).collect();
    let attributes = object(&[
        ("title", Some(text(&format!("Task Breakdown: {start}...")))),
        ("description", Some(text(&description))),
        ("complexity", Some(text_or_null(row, "complexity")?)),
        ("context", Some(text_or_null(row, "context")?)),
        ("legacy_migration", Some("true".to_owned())),
        ("original_breakdown_id", Some(text(&id))),
        ("migration_timestamp", Some(text(at))),
    ]);
    Ok(Task {
        id,
        kind: "breakdown",
        parent: None,
        attributes,
        status: "active".to_owned(),
        updated_at: created_at.clone(),
        created_at,
    })
}

/// A subtask becomes a child. What it depends on is not looked at here, only that it can be read.
pub(crate) fn subtask(row: &Row, at: &str, dialect: Dialect) -> Result<Task, String> {
    let id = id(row, "task_id")?;
    let status: String = get(row, "status")?;
    if !STATUSES.contains(&status.as_str()) {
        return Err(format!("unknown status `{status}`"));
    }
    dependencies(row, dialect)?;
    let created_at = moment(row, "created_at")?.ok_or("created_at is missing")?;
    let updated_at = moment(row, "completed_at")?.unwrap_or_else(|| created_at.clone());
    let file_operations: Option<i64> = get(row, "file_operations_count")?;
    let attributes = object(&[
        ("title", Some(text_or_null(row, "title")?)),
        ("description", Some(text_or_null(row, "description")?)),
        ("specialist_type", Some(text_or_null(row, "specialist_type")?)),
        ("estimated_effort", Some(text_or_null(row, "estimated_effort")?)),
        ("legacy_migration", Some("true".to_owned())),
        ("legacy_subtask_id", Some(text(&id))),
        ("original_status", Some(text(&status))),
        ("migration_timestamp", Some(text(at))),
        ("legacy_results", present(row, "results")?),
        ("legacy_artifacts", json(row, "artifacts", dialect)?.map(|(raw, _)| raw)),
        ("file_operations_count", file_operations.map(|count| count.to_string())),
        ("verification_status", present(row, "verification_status")?),
    ]);
    let parent = Some(get(row, "parent_task_id")?);
    Ok(Task { id, kind: "specialist_task", parent, attributes, status, created_at, updated_at })
}

fn dependencies(row: &Row, dialect: Dialect) -> Result<(), String> {
    match json(row, "dependencies", dialect)? {
        None => Ok(()),
        Some((_, serde_json::Value::Array(ids))) if ids.iter().all(serde_json::Value::is_string) => Ok(()),
        Some(_) => Err("dependencies is not a JSON array of task ids".to_owned()),
    }
}

fn id(row: &Row, column: &str) -> Result<String, String> {
    let id: String = get(row, column)?;
    if id.trim().is_empty() { Err(format!("{column} is blank")) } else { Ok(id) }
}

/// SQLite keeps what it is given, so a column of text may hold bytes.
fn get<T: FromValue>(row: &Row, column: &str) -> Result<T, String> {
    row.get(column).map_err(|e| e.message().to_owned())
}

/// The value as it is, once it is known to be a moment.
fn moment(row: &Row, column: &str) -> Result<Option<Value>, String> {
    let at: Option<OffsetDateTime> = get(row, column)?;
    if at.is_some() { get(row, column).map(Some) } else { Ok(None) }
}

/// The text of a JSON column as it stands (no digit of a number is lost that way), and what it says.
fn json(row: &Row, column: &str, dialect: Dialect) -> Result<Option<(String, serde_json::Value)>, String> {
    let Some(raw) = get::<Option<String>>(row, column)? else { return Ok(None) };
    let value: serde_json::Value =
        serde_json::from_str(&raw).map_err(|e| format!("{column} is malformed JSON: {e}"))?;
    if dialect == Dialect::Postgres && holds_nul(&value) {
        return Err(format!("{column} holds \\u0000, which PostgreSQL's jsonb cannot keep"));
    }
    Ok(Some((raw, value)))
}

fn holds_nul(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(items) => items.iter().any(holds_nul),
        serde_json::Value::Object(fields) => fields.iter().any(|(k, v)| k.contains('\0') || holds_nul(v)),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => false,
    }
}

fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn text_or_null(row: &Row, column: &str) -> Result<String, String> {
    Ok(present(row, column)?.unwrap_or_else(|| "null".to_owned()))
}

fn present(row: &Row, column: &str) -> Result<Option<String>, String> {
    Ok(get::<Option<String>>(row, column)?.as_deref().map(text))
}

/// A JSON object of fields whose values are JSON already; what is `None` is left out.
fn object(fields: &[(&str, Option<String>)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("{}:{value}", text(name))))
        .collect();
    format!("{{{}}}", fields.join(","))
}
