//! The legacy tables step aside under a name of their own, and come back.

use super::REJECTS;
use switchback::{Context, Dialect, Error, ErrorKind, Result};

/// The tables that are archived.
pub(crate) const LEGACY: [&str; 3] = ["task_breakdowns", "subtasks", "lock_tracking"];

/// Generic tasks that were there before, where there were any: the way down leaves them alone.
pub(crate) const BEFORE: &str = "generic_tasks_before_legacy";

pub(crate) const INFIX: &str = "_legacy_archive_";

/// How many records of one legacy table there were, and what became of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) processed: i64,
    pub(crate) migrated: i64,
    pub(crate) rejected: i64,
}

/// Counts what became of the records of `table`, a legacy table under whatever name it has now.
pub(crate) fn counts(ctx: &mut Context<'_>, source: &str, table: &str) -> Result<Counts> {
    let (key, kind) = match source {
        "task_breakdowns" => ("parent_task_id", "breakdown"),
        _ => ("task_id", "specialist_task"),
    };
    let rejected =
        format!("EXISTS (SELECT 1 FROM {REJECTS} AS r WHERE r.source = '{source}' AND r.id = s.{key})");
    let mut one =
        |sql: String| -> Result<i64> { ctx.query(&sql, &[])?.first().map_or(Ok(0), |row| row.at(0)) };
    Ok(Counts {
        processed: one(format!("SELECT count(*) FROM {table}"))?,
        migrated: one(format!(
            "SELECT count(*) FROM {table} AS s JOIN generic_tasks AS t ON t.task_id = s.{key}
             WHERE t.task_type = '{kind}' AND NOT {rejected}"
        ))?,
        rejected: one(format!("SELECT count(*) FROM {table} AS s WHERE {rejected}"))?,
    })
}

/// Refuses to let a table go while a record of it is neither migrated nor rejected.
pub(crate) fn complete(source: &str, counts: Counts) -> Result<()> {
    let Counts { processed, migrated, rejected } = counts;
    if processed == migrated + rejected {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Check,
        format!("{source} has {processed} records, but {migrated} were migrated and {rejected} rejected"),
    )
    .hint("nothing was archived; run `down` to undo what was migrated, then `up`"))
}

/// Renames the legacy tables; returns their new names and rows. `stamp` is the same for all three.
pub(crate) fn put_away(ctx: &mut Context<'_>, stamp: &str) -> Result<Vec<(String, i64)>> {
    remember_what_was_there(ctx)?;
    let mut archived = Vec::new();
    for table in LEGACY {
        let archive = format!("{table}{INFIX}{stamp}");
        let before = rows(ctx, table)?;
        ctx.execute(&format!("ALTER TABLE {table} RENAME TO {archive}"), &[])?;
        let after = rows(ctx, &archive)?;
        if before != after {
            return Err(Error::new(
                ErrorKind::Check,
                format!("{table} has {before} rows, its archive {archive} has {after}"),
            ));
        }
        // A stable name for people and for checks.
        ctx.execute(&format!("CREATE VIEW {table}_legacy_archive AS SELECT * FROM {archive}"), &[])?;
        ctx.report(format!("archive {table} as {archive}"), u64::try_from(after).ok());
        archived.push((archive, after));
    }
    Ok(archived)
}

/// Gives the archived tables their names back.
pub(crate) fn bring_back(ctx: &mut Context<'_>) -> Result<()> {
    let archives = names(ctx)?;
    for (table, archive) in LEGACY.into_iter().zip(archives) {
        ctx.execute(&format!("DROP VIEW {table}_legacy_archive"), &[])?;
        ctx.execute(&format!("ALTER TABLE {archive} RENAME TO {table}"), &[])?;
        let rows = rows(ctx, table)?;
        ctx.report(format!("rebuild {table} from {archive}"), u64::try_from(rows).ok());
    }
    if exists(ctx, BEFORE)? {
        ctx.execute(&format!("DROP TABLE {BEFORE}"), &[])?;
    }
    Ok(())
}

/// The newest archive of each legacy table.
fn names(ctx: &mut Context<'_>) -> Result<Vec<String>> {
    let tables = tables(ctx)?;
    LEGACY
        .into_iter()
        .map(|table| {
            let prefix = format!("{table}{INFIX}");
            tables.iter().filter(|name| name.starts_with(&prefix)).max().cloned().ok_or_else(|| {
                Error::new(
                    ErrorKind::Irreversible,
                    format!("there is no archive {prefix}… to rebuild {table} from"),
                )
                .hint("restore the archive, or a backup taken before the migration; nothing was changed")
            })
        })
        .collect()
}

fn remember_what_was_there(ctx: &mut Context<'_>) -> Result<()> {
    let others = others("t", "task_breakdowns", "subtasks");
    let any = ctx.query(&format!("SELECT 1 FROM generic_tasks AS t WHERE {others} LIMIT 1"), &[])?;
    if any.is_empty() {
        return Ok(());
    }
    ctx.execute(
        &format!("CREATE TABLE {BEFORE} AS SELECT t.task_id FROM generic_tasks AS t WHERE {others}"),
        &[],
    )?;
    Ok(())
}

/// The condition under which a generic task is none of the migrated ones.
pub(crate) fn others(task: &str, breakdowns: &str, subtasks: &str) -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM {breakdowns} AS b WHERE b.parent_task_id = {task}.task_id
                     AND NOT EXISTS (SELECT 1 FROM {REJECTS} AS r WHERE r.source = 'task_breakdowns' AND r.id = b.parent_task_id))
         AND NOT EXISTS (SELECT 1 FROM {subtasks} AS s WHERE s.task_id = {task}.task_id
                     AND NOT EXISTS (SELECT 1 FROM {REJECTS} AS r WHERE r.source = 'subtasks' AND r.id = s.task_id))"
    )
}

pub(crate) fn exists(ctx: &mut Context<'_>, table: &str) -> Result<bool> {
    Ok(tables(ctx)?.iter().any(|name| name == table))
}

fn tables(ctx: &mut Context<'_>) -> Result<Vec<String>> {
    let sql = match ctx.dialect() {
        Dialect::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table'",
        Dialect::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()",
    };
    ctx.query(sql, &[])?.iter().map(|row| row.at(0)).collect()
}

fn rows(ctx: &mut Context<'_>, table: &str) -> Result<i64> {
    ctx.query(&format!("SELECT count(*) FROM {table}"), &[])?.first().map_or(Ok(0), |row| row.at(0))
}
