//! What was created, changed or deleted since the migration: the way down would lose it.

use super::archive::{BEFORE, exists, others};
use super::{LEGACY_LINK, REJECTS, edges};
use switchback::{Context, Dialect, Error, ErrorKind, Result, Row};

/// Named in the refusal; the others are counted.
const SHOWN: usize = 20;

/// Refuses when generic tasks are no longer what the migration made of the archive.
pub(crate) fn refuse(ctx: &mut Context<'_>) -> Result<()> {
    let mut shown: Vec<String> = Vec::new();
    let mut total = 0_usize;
    for sql in queries(ctx)? {
        ctx.query_each(&sql, &[], &mut |row: Row| {
            total += 1;
            if shown.len() < SHOWN {
                shown.push(format!("{} ({})", row.at::<String>(0)?, row.at::<String>(1)?));
            }
            Ok(())
        })?;
    }
    if total == 0 {
        return Ok(());
    }
    let more = if total > shown.len() { format!(" and {} more", total - shown.len()) } else { String::new() };
    Err(Error::new(
        ErrorKind::Refused,
        format!("tasks were created or changed since the migration: {}{more}", shown.join(", ")),
    )
    .hint("the way down would lose that: keep it elsewhere first, then say `--set discard_changes=true`"))
}

/// Removes the tasks that were created since.
pub(crate) fn discard(ctx: &mut Context<'_>) -> Result<()> {
    let created = created(ctx)?;
    let gone = ctx.execute(
        &format!("DELETE FROM generic_tasks WHERE task_id IN (SELECT t.task_id FROM generic_tasks AS t WHERE {created})"),
        &[],
    )?;
    ctx.report("discard tasks that were created since", Some(gone));
    Ok(())
}

fn created(ctx: &mut Context<'_>) -> Result<String> {
    let others = others("t", "task_breakdowns_legacy_archive", "subtasks_legacy_archive");
    Ok(if exists(ctx, BEFORE)? {
        format!("{others} AND NOT EXISTS (SELECT 1 FROM {BEFORE} AS k WHERE k.task_id = t.task_id)")
    } else {
        others
    })
}

/// Each gives an id and what happened to it.
fn queries(ctx: &mut Context<'_>) -> Result<Vec<String>> {
    let dialect = ctx.dialect();
    let created = created(ctx)?;
    let edges = edges(dialect, "subtasks_legacy_archive", "");
    let link = LEGACY_LINK.replace("dependency_task_id", "d.dependency_task_id");
    let (fields, same_json) = match dialect {
        Dialect::Sqlite => (
            "(SELECT count(*) FROM json_each(t.attributes))",
            "(t.attributes -> 'legacy_artifacts') IS NOT DISTINCT FROM json(s.artifacts)",
        ),
        Dialect::Postgres => (
            "(SELECT count(*) FROM jsonb_object_keys(t.attributes))",
            "(t.attributes -> 'legacy_artifacts') IS NOT DISTINCT FROM s.artifacts::jsonb",
        ),
    };
    let text = |attribute: &str, expected: &str| {
        format!("CAST(t.attributes ->> '{attribute}' AS text) IS NOT DISTINCT FROM CAST({expected} AS text)")
    };
    let kept = |source: &str, key: &str| {
        format!("NOT EXISTS (SELECT 1 FROM {REJECTS} AS r WHERE r.source = '{source}' AND r.id = s.{key})")
    };
    let breakdown = [
        "t.task_type = 'breakdown' AND t.parent_task_id IS NULL AND t.status = 'active'".to_owned(),
        "t.created_at = s.created_at AND t.updated_at = s.created_at".to_owned(),
        text("title", "'Task Breakdown: ' || substr(s.description, 1, 50) || '...'"),
        text("description", "s.description"),
        text("complexity", "s.complexity"),
        text("context", "s.context"),
        text("original_breakdown_id", "s.parent_task_id"),
        "t.attributes ->> 'migration_timestamp' IS NOT NULL".to_owned(),
        format!("{fields} = 7"),
    ];
    let subtask = [
        "t.task_type = 'specialist_task' AND t.parent_task_id = s.parent_task_id AND t.status = s.status"
            .to_owned(),
        "t.created_at = s.created_at AND t.updated_at = coalesce(s.completed_at, s.created_at)".to_owned(),
        text("title", "s.title"),
        text("description", "s.description"),
        text("specialist_type", "s.specialist_type"),
        text("estimated_effort", "s.estimated_effort"),
        text("legacy_subtask_id", "s.task_id"),
        text("original_status", "s.status"),
        text("legacy_results", "s.results"),
        text("file_operations_count", "s.file_operations_count"),
        text("verification_status", "s.verification_status"),
        format!("CASE WHEN {} THEN {same_json} END", kept("subtasks", "task_id")),
        "t.attributes ->> 'migration_timestamp' IS NOT NULL".to_owned(),
        format!(
            "{fields} = 8 + (CASE WHEN s.results IS NULL THEN 0 ELSE 1 END)
                + (CASE WHEN s.artifacts IS NULL THEN 0 ELSE 1 END)
                + (CASE WHEN s.file_operations_count IS NULL THEN 0 ELSE 1 END)
                + (CASE WHEN s.verification_status IS NULL THEN 0 ELSE 1 END)"
        ),
    ];
    let compare = |source: &str, key: &str, same: &[String]| {
        format!(
            "SELECT s.{key}, CASE WHEN t.task_id IS NULL THEN 'deleted' ELSE 'changed' END
             FROM {source}_legacy_archive AS s LEFT JOIN generic_tasks AS t ON t.task_id = s.{key}
             WHERE {} AND ({}) IS NOT TRUE ORDER BY 1",
            kept(source, key),
            same.join(" AND ")
        )
    };
    Ok(vec![
        format!("SELECT t.task_id, 'created' FROM generic_tasks AS t WHERE {created} ORDER BY 1"),
        compare("task_breakdowns", "parent_task_id", &breakdown),
        compare("subtasks", "task_id", &subtask),
        format!(
            "{edges}, new AS (
                SELECT d.task_id, d.dependency_task_id FROM task_dependencies AS d
                JOIN subtasks_legacy_archive AS s ON s.task_id = d.task_id
                EXCEPT SELECT task_id, dependency_task_id FROM edges
                UNION SELECT d.task_id, d.dependency_task_id FROM task_dependencies AS d
                JOIN edges AS e ON e.task_id = d.task_id AND e.dependency_task_id = d.dependency_task_id
                WHERE ({link}) IS NOT TRUE
             )
             SELECT task_id, 'dependency on ' || dependency_task_id || ' is new' FROM new ORDER BY 1, 2"
        ),
        format!(
            "{edges}, gone AS (
                SELECT task_id, dependency_task_id FROM edges
                EXCEPT SELECT task_id, dependency_task_id FROM task_dependencies
             )
             SELECT task_id, 'dependency on ' || dependency_task_id || ' is gone' FROM gone ORDER BY 1, 2"
        ),
    ])
}
