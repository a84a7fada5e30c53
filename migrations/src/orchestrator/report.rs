//! What the migration says about itself: JSON, computed from the database at the end, so that a run which was killed
//! and resumed reports the same as one that was not.

use super::archive::{Counts, INFIX};
use super::{LEGACY_LINK, REJECTS};
use serde_json::{Value, json};
use std::time::Instant;
use switchback::{Context, Result};
use time::OffsetDateTime;

/// Everything that the last step has found out.
pub(crate) struct Findings {
    pub(crate) started: Instant,
    pub(crate) breakdowns: Counts,
    pub(crate) subtasks: Counts,
    pub(crate) cycles: Vec<Vec<String>>,
    pub(crate) archived: Vec<(String, i64)>,
}

/// Reads the records and puts the report together.
pub(crate) fn details(ctx: &mut Context<'_>, found: &Findings) -> Result<Value> {
    let start = ctx.now();
    let seconds = found.started.elapsed();
    let mut records = Vec::new();
    for (kind, table, key) in
        [("breakdown", "task_breakdowns", "parent_task_id"), ("subtask", "subtasks", "task_id")]
    {
        // A record keeps its id; what was not migrated has no new one.
        let sql = format!(
            "SELECT s.{key}, t.task_id FROM {table}_legacy_archive AS s
             LEFT JOIN generic_tasks AS t ON t.task_id = s.{key}
               AND NOT EXISTS (SELECT 1 FROM {REJECTS} AS r WHERE r.source = '{table}' AND r.id = s.{key})
             ORDER BY s.{key}"
        );
        ctx.query_each(&sql, &[], &mut |row| {
            records.push(json!({
                "kind": kind,
                "old_id": row.at::<String>(0)?,
                "new_id": row.at::<Option<String>>(1)?,
            }));
            Ok(())
        })?;
    }
    let mut rejects = Vec::new();
    ctx.query_each(
        &format!("SELECT source, id, reason FROM {REJECTS} ORDER BY source, id"),
        &[],
        &mut |row| {
            rejects.push(json!({
                "source": row.at::<String>(0)?, "id": row.at::<String>(1)?, "reason": row.at::<String>(2)?,
            }));
            Ok(())
        },
    )?;
    let links: i64 = ctx
        .query(&format!("SELECT count(*) FROM task_dependencies WHERE {LEGACY_LINK}"), &[])?
        .first()
        .map_or(Ok(0), |row| row.at(0))?;
    Ok(json!({
        "started_at": rfc3339(start),
        "ended_at": rfc3339(start + seconds),
        "duration_seconds": seconds.as_secs_f64(),
        "breakdowns": counts(found.breakdowns),
        "subtasks": counts(found.subtasks),
        "dependencies": { "migrated": links, "cycles": found.cycles },
        "archived": found.archived.iter().map(|(archive, rows)| {
            let table = archive.split(INFIX).next();
            json!({ "table": table, "archive": archive, "rows": rows })
        }).collect::<Vec<_>>(),
        "records": records,
        "rejects": rejects,
    }))
}

/// The same in a few lines for people.
pub(crate) fn lines(ctx: &mut Context<'_>, found: &Findings) {
    for (what, Counts { processed, migrated, rejected }) in
        [("breakdowns", found.breakdowns), ("subtasks", found.subtasks)]
    {
        ctx.report(
            format!("{what}: {processed} processed, {migrated} migrated, {rejected} rejected"),
            u64::try_from(migrated).ok(),
        );
    }
    if !found.cycles.is_empty() {
        ctx.report(format!("{} cycles of dependencies, kept as they were", found.cycles.len()), None);
    }
}

/// As timestamps are written everywhere: UTC, microseconds only where there are any.
pub(crate) fn rfc3339(at: OffsetDateTime) -> String {
    match serde_json::to_value(switchback::Value::Timestamp(at)) {
        Ok(Value::String(text)) => text,
        _ => at.to_string(),
    }
}

fn counts(counts: Counts) -> Value {
    let Counts { processed, migrated, rejected } = counts;
    json!({ "processed": processed, "migrated": migrated, "rejected": rejected })
}
