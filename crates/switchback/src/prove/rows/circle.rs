//! Rows for tables that refer to each other in a circle, no key of which may be empty.
//!
//! Rows of one number refer to rows of the same number, whose keys are chosen before they are there. Keys that can wait
//! until the commit are told to; on PostgreSQL, those that cannot are checked at the end of one statement that fills
//! all of the tables.

use super::attempt::{attempt, run};
use super::table::{Filler, TRIES};
use crate::db::Database;
use switchback_plan::schema::{Name, Schema, Table};
use switchback_plan::{Error, Result};

/// Of tables that all wait for others of them: those that wait for no others but themselves.
pub(super) fn of<'s>(waiting: &[&'s Table]) -> Vec<&'s Table> {
    let reached = |from: &'s Table| {
        let mut names: Vec<&'s Name> = vec![&from.name];
        let mut done = 0;
        while let Some(name) = names.get(done).copied() {
            done += 1;
            let table = waiting.iter().find(|t| t.name == *name);
            for other in table.into_iter().flat_map(|t| references(t)) {
                if !names.contains(&other) && waiting.iter().any(|t| t.name == *other) {
                    names.push(other);
                }
            }
        }
        names
    };
    // Whoever reaches the fewest stands in a circle that nothing leads out of.
    let smallest = waiting.iter().map(|t| reached(t)).min_by_key(Vec::len).unwrap_or_default();
    waiting.iter().filter(|t| smallest.contains(&&t.name)).copied().collect()
}

fn references(table: &Table) -> impl Iterator<Item = &Name> {
    table.constraints.iter().filter_map(|c| c.references.as_ref()).map(|r| &r.table)
}

/// Whether a table may leave all its keys to those others empty.
pub(super) fn may_begin(table: &Table, others: &[&Table], schema: &Schema) -> bool {
    let into = |name: &Name| *name != table.name && others.iter().any(|o| o.name == *name);
    table
        .constraints
        .iter()
        .filter(|c| c.references.as_ref().is_some_and(|r| into(&r.table)))
        .all(|c| c.columns.iter().any(|name| table.column(name, schema.dialect).is_some_and(|c| !c.not_null)))
}

/// Fills all of them or none; what was refused, where it was none.
pub(super) fn fill(
    db: &mut Database,
    fillers: &mut [Filler<'_>],
    first: u32,
    count: u32,
) -> Result<Option<Error>> {
    // What is chosen for one may depend on what was chosen for another.
    for _ in 0..3 {
        for i in 0..fillers.len() {
            for (key, to) in fillers[i].waits() {
                let Some(parent) = fillers.iter().find(|f| *f.name() == to) else { continue };
                let chosen = parent.chosen(fillers[i].refers_to(key), first, count);
                fillers[i].promise(key, chosen);
            }
        }
    }
    match db {
        Database::Sqlite(sqlite) => {
            run(sqlite, "BEGIN; PRAGMA defer_foreign_keys = ON")?;
            let mut refused = each(db, fillers, first, count)?;
            let Database::Sqlite(sqlite) = db else { return Ok(refused) };
            if refused.is_none() {
                refused = run(sqlite, "COMMIT").err();
            }
            // Where a trigger rolled back, there is nothing left to be.
            if refused.is_some() && !sqlite.connection().is_autocommit() {
                run(sqlite, "ROLLBACK")?;
            }
            Ok(refused)
        }
        Database::Postgres(postgres) => {
            postgres.script("SAVEPOINT switchback_circle; SET CONSTRAINTS ALL DEFERRED")?;
            let refused = match each(db, fillers, first, count)? {
                None => attempt(db, "SET CONSTRAINTS ALL IMMEDIATE")?,
                refused => refused,
            };
            if refused.is_none() {
                return Ok(None);
            }
            if let Database::Postgres(postgres) = db {
                postgres.script("ROLLBACK TO SAVEPOINT switchback_circle; SET CONSTRAINTS ALL IMMEDIATE")?;
            }
            let mut statements: Vec<String> = fillers.iter().map(|f| f.statement(first, count)).collect();
            let last = statements.pop().unwrap_or_default();
            let with: Vec<String> =
                statements.iter().enumerate().map(|(i, s)| format!("switchback_{i} AS ({s})")).collect();
            // What this says against it is about the rows; the first said that a key cannot wait.
            attempt(db, &format!("WITH {} {last}", with.join(", ")))
        }
    }
}

/// One after the other; what refuses a row refuses all.
fn each(db: &mut Database, fillers: &[Filler<'_>], first: u32, count: u32) -> Result<Option<Error>> {
    for filler in fillers {
        if let (_, Some(refused)) = filler.fill(db, first, count, TRIES)? {
            return Ok(Some(refused));
        }
    }
    Ok(None)
}
