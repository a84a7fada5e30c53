//! Legacy breakdowns become generic tasks: a breakdown a root, a subtask its child, a dependency a row.
//!
//! A record that cannot be converted is kept in `generic_task_rejects` and does not stop the rest, unless
//! `on_reject = "abort"`. Afterwards the legacy tables are archived; the way down brings them back from there.

use crate::options::{batch_size, flag};
use crate::orchestrator::archive;
use crate::orchestrator::report::{self, Findings};
use crate::orchestrator::{
    BREAKDOWN, DEPENDS, LEGACY_LINK, REJECTS, SUBTASK, changes, convert, cycles, edges, freeze,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;
use switchback::{Batches, Context, Reject, Result, Row, Value};

pub fn up(ctx: &mut Context<'_>) -> Result<()> {
    let started = Instant::now();
    let size = batch_size(ctx)?;
    ctx.step("freeze", &mut freeze::up)?;
    let breakdowns = Batches {
        step: "breakdowns",
        table: "task_breakdowns",
        key: "parent_task_id",
        columns: &BREAKDOWN,
        size,
    };
    ctx.batches(&breakdowns, &mut convert_breakdowns)?;
    let subtasks = Batches { step: "validate", table: "subtasks", key: "task_id", columns: &SUBTASK, size };
    ctx.batches(&subtasks, &mut validate_subtasks)?;
    ctx.step("reject_dependents", &mut reject_dependents)?;
    ctx.batches(&Batches { step: "subtasks", ..subtasks.clone() }, &mut convert_subtasks)?;
    ctx.batches(&Batches { step: "dependencies", columns: &["task_id"], ..subtasks }, &mut link)?;
    ctx.step("archive", &mut |ctx| archive_legacy(ctx, started))
}

pub fn down(ctx: &mut Context<'_>) -> Result<()> {
    ctx.step("archive", &mut |ctx| {
        if flag(ctx, "discard_changes")? {
            changes::discard(ctx)?;
        } else {
            changes::refuse(ctx)?;
        }
        archive::bring_back(ctx)
    })?;
    ctx.step("dependencies", &mut |ctx| {
        delete(
            ctx,
            "task_dependencies",
            &format!("task_id IN (SELECT s.task_id FROM subtasks AS s) AND {LEGACY_LINK}"),
        )
    })?;
    ctx.step("subtasks", &mut |ctx| {
        delete(ctx, "generic_tasks", &migrated("subtasks", "task_id", "specialist_task"))
    })?;
    ctx.step("reject_dependents", &mut |ctx| {
        delete(ctx, REJECTS, &format!("source = 'subtasks' AND reason LIKE '{DEPENDS}%'"))
    })?;
    ctx.step("validate", &mut |ctx| delete(ctx, REJECTS, "source = 'subtasks'"))?;
    ctx.step("breakdowns", &mut |ctx| {
        delete(ctx, "generic_tasks", &migrated("task_breakdowns", "parent_task_id", "breakdown"))?;
        delete(ctx, REJECTS, "source = 'task_breakdowns'")
    })?;
    ctx.step("freeze", &mut freeze::down)
}

fn convert_breakdowns(ctx: &mut Context<'_>, rows: &[Row]) -> Result<()> {
    let at = report::rfc3339(ctx.now());
    let there = tasks_in(ctx, rows)?;
    let rejected = rejects_in(ctx, rows, "task_breakdowns")?;
    let mut tasks = Vec::new();
    for row in rows {
        let id = id(row)?;
        let converted = match there.get(&id) {
            _ if rejected.contains(&id) => continue,
            // Swept a second time.
            Some(true) => continue,
            Some(false) => Err("a generic task with this id exists already".to_owned()),
            None => convert::breakdown(row, &at),
        };
        match converted {
            Ok(task) => tasks.push(task.values()),
            Err(reason) => reject(ctx, "task_breakdowns", &id, row, &reason)?,
        }
    }
    ctx.bulk_insert("generic_tasks", &convert::TASK, &mut tasks.into_iter())?;
    Ok(())
}

/// Rejects what cannot be converted by itself; what depends on a rejected one comes next.
fn validate_subtasks(ctx: &mut Context<'_>, rows: &[Row]) -> Result<()> {
    let at = report::rfc3339(ctx.now());
    let dialect = ctx.dialect();
    let there = tasks_in(ctx, rows)?;
    let rejected = rejects_in(ctx, rows, "subtasks")?;
    let breakdowns = between(
        ctx,
        rows,
        "SELECT parent_task_id, 'breakdown' FROM task_breakdowns WHERE parent_task_id BETWEEN $1 AND $2",
    )?;
    let parents = between(
        ctx,
        rows,
        &format!(
            "SELECT DISTINCT s.parent_task_id,
                CASE WHEN b.parent_task_id IS NULL THEN 'does not exist' ELSE 'was rejected' END
             FROM subtasks AS s LEFT JOIN task_breakdowns AS b ON b.parent_task_id = s.parent_task_id
             WHERE s.task_id BETWEEN $1 AND $2 AND (b.parent_task_id IS NULL OR EXISTS (
                SELECT 1 FROM {REJECTS} AS r WHERE r.source = 'task_breakdowns' AND r.id = b.parent_task_id))"
        ),
    )?;
    for row in rows {
        let id = id(row)?;
        if rejected.contains(&id) {
            continue;
        }
        let parent: Option<String> = row.get("parent_task_id").unwrap_or(None);
        let reason = if breakdowns.contains_key(&id) {
            Some("its id is also the id of a breakdown".to_owned())
        } else if let Some(what) = parent.as_ref().and_then(|parent| parents.get(parent)) {
            Some(format!("its breakdown {} {what}", parent.unwrap_or_default()))
        } else if there.get(&id) == Some(&false) {
            Some("a generic task with this id exists already".to_owned())
        } else {
            convert::subtask(row, &at, dialect).err()
        };
        if let Some(reason) = reason {
            reject(ctx, "subtasks", &id, row, &reason)?;
        }
    }
    Ok(())
}

/// A task whose dependency will not be there cannot be converted either; nor can those that depend on it, and so on.
fn reject_dependents(ctx: &mut Context<'_>) -> Result<()> {
    let unmet = format!(
        "{}, unmet AS (
         SELECT e.task_id, min(e.dependency_task_id) AS dependency FROM edges AS e
         WHERE NOT EXISTS (SELECT 1 FROM subtasks AS s WHERE s.task_id = e.dependency_task_id AND NOT EXISTS (
                SELECT 1 FROM {REJECTS} AS r WHERE r.source = 'subtasks' AND r.id = s.task_id))
           AND NOT EXISTS (SELECT 1 FROM task_breakdowns AS b WHERE b.parent_task_id = e.dependency_task_id AND NOT EXISTS (
                SELECT 1 FROM {REJECTS} AS r WHERE r.source = 'task_breakdowns' AND r.id = b.parent_task_id))
         GROUP BY e.task_id ORDER BY e.task_id LIMIT 1000
         )
         SELECT u.task_id, u.dependency, CASE WHEN EXISTS (SELECT 1 FROM {REJECTS} AS r WHERE r.id = u.dependency)
            THEN 'was rejected' ELSE 'does not exist' END
         FROM unmet AS u ORDER BY u.task_id",
        edges(ctx.dialect(), "subtasks", "")
    );
    let one = format!("SELECT {} FROM subtasks WHERE task_id = $1", SUBTASK.join(", "));
    loop {
        let found = ctx.query(&unmet, &[])?;
        if found.is_empty() {
            return Ok(());
        }
        for unmet in found {
            let (id, dependency, what): (String, String, String) = (unmet.at(0)?, unmet.at(1)?, unmet.at(2)?);
            for row in ctx.query(&one, &[id.clone().into()])? {
                reject(ctx, "subtasks", &id, &row, &format!("{DEPENDS}{dependency}, which {what}"))?;
            }
        }
    }
}

fn convert_subtasks(ctx: &mut Context<'_>, rows: &[Row]) -> Result<()> {
    let at = report::rfc3339(ctx.now());
    let dialect = ctx.dialect();
    let there = tasks_in(ctx, rows)?;
    let rejected = rejects_in(ctx, rows, "subtasks")?;
    let mut tasks = Vec::new();
    for row in rows {
        let id = id(row)?;
        if rejected.contains(&id) || there.contains_key(&id) {
            continue;
        }
        match convert::subtask(row, &at, dialect) {
            Ok(task) => tasks.push(task.values()),
            Err(reason) => reject(ctx, "subtasks", &id, row, &reason)?,
        }
    }
    ctx.bulk_insert("generic_tasks", &convert::TASK, &mut tasks.into_iter())?;
    Ok(())
}

fn link(ctx: &mut Context<'_>, rows: &[Row]) -> Result<()> {
    let Some((first, last)) = ends(rows)? else { return Ok(()) };
    let edges = edges(ctx.dialect(), "subtasks", "AND s.task_id BETWEEN $1 AND $2");
    ctx.execute(
        &format!(
            "INSERT INTO task_dependencies (task_id, dependency_task_id, dependency_type, description)
             {edges} SELECT e.task_id, e.dependency_task_id, 'completion', 'Legacy dependency on ' || e.dependency_task_id
             FROM edges AS e
             WHERE NOT EXISTS (SELECT 1 FROM task_dependencies AS d
                WHERE d.task_id = e.task_id AND d.dependency_task_id = e.dependency_task_id)
             ORDER BY e.task_id, e.dependency_task_id"
        ),
        &[first, last],
    )?;
    Ok(())
}

fn archive_legacy(ctx: &mut Context<'_>, started: Instant) -> Result<()> {
    let breakdowns = archive::counts(ctx, "task_breakdowns", "task_breakdowns")?;
    archive::complete("task_breakdowns", breakdowns)?;
    let subtasks = archive::counts(ctx, "subtasks", "subtasks")?;
    archive::complete("subtasks", subtasks)?;
    let cycles = cycles::find(ctx)?;
    let now = ctx.now();
    let stamp = format!(
        "{:04}{:02}{:02}_{:02}{:02}{:02}",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second()
    );
    let archived = archive::put_away(ctx, &stamp)?;
    let found = Findings { started, breakdowns, subtasks, cycles, archived };
    report::lines(ctx, &found);
    let details = report::details(ctx, &found)?;
    ctx.details(details);
    Ok(())
}

/// The generic tasks among the ids of a batch, and whether each came from legacy.
fn tasks_in(ctx: &mut Context<'_>, rows: &[Row]) -> Result<BTreeMap<String, bool>> {
    let found = between(
        ctx,
        rows,
        "SELECT task_id, CASE WHEN attributes ->> 'legacy_migration' IS NULL THEN 'no' ELSE 'yes' END
         FROM generic_tasks WHERE task_id BETWEEN $1 AND $2",
    )?;
    Ok(found.into_iter().map(|(id, legacy)| (id, legacy == "yes")).collect())
}

fn rejects_in(ctx: &mut Context<'_>, rows: &[Row], source: &str) -> Result<BTreeSet<String>> {
    let sql = format!("SELECT id, source FROM {REJECTS} WHERE source = '{source}' AND id BETWEEN $1 AND $2");
    Ok(between(ctx, rows, &sql)?.into_keys().collect())
}

/// Pairs of text, by a query over the range of a batch.
fn between(ctx: &mut Context<'_>, rows: &[Row], sql: &str) -> Result<BTreeMap<String, String>> {
    let Some((first, last)) = ends(rows)? else { return Ok(BTreeMap::new()) };
    ctx.query(sql, &[first, last])?.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}

/// The keys of the first and of the last row of a batch; the key is the first column.
fn ends(rows: &[Row]) -> Result<Option<(Value, Value)>> {
    match (rows.first(), rows.last()) {
        (Some(first), Some(last)) => Ok(Some((first.at(0)?, last.at(0)?))),
        _ => Ok(None),
    }
}

fn id(row: &Row) -> Result<String> {
    row.at(0)
}

fn reject(ctx: &mut Context<'_>, source: &str, id: &str, row: &Row, reason: &str) -> Result<()> {
    ctx.reject(&Reject { into: REJECTS, source, id, row, reason })
}

/// The condition under which a generic task is one that this migration made from `table`.
fn migrated(table: &str, key: &str, kind: &str) -> String {
    format!(
        "task_type = '{kind}' AND task_id IN (SELECT s.{key} FROM {table} AS s WHERE NOT EXISTS (
            SELECT 1 FROM {REJECTS} AS r WHERE r.source = '{table}' AND r.id = s.{key}))"
    )
}

fn delete(ctx: &mut Context<'_>, table: &str, condition: &str) -> Result<()> {
    let rows = ctx.execute(&format!("DELETE FROM {table} WHERE {condition}"), &[])?;
    ctx.report(format!("delete from {table}"), Some(rows));
    Ok(())
}
