//! PostgreSQL: one transaction that rewrites each table once, and what follows its commit.

mod aside;
mod dependents;
mod index;
mod side;

use super::keep::{self, Spellings};
use super::notices::notices;
use super::{CONVERT, ConvertKey, Graph, VALIDATE, VALIDATE_BACK};
use crate::error::Result;
use crate::model::Direction;
use crate::operation::postgres::unfiltered;
use crate::operation::{Against, Compiled, Part};
use crate::quote::ident;
use crate::schema::{Column, Constraint, Name, Table};
use side::Side;
use std::collections::BTreeSet;

/// What index builds and the checks of foreign keys may use, in the unit of the setting (kB): 256 MB. On 3 M rows it is
/// a quarter faster than the usual 64 MB; four times as much gains 3 % more.
const MAINTENANCE_WORK_MEM: u32 = 262_144;

/// What both directions are made from.
struct Conversion<'g> {
    graph: &'g Graph<'g>,
    spellings: Vec<Spellings<'g>>,
    /// Tables from which rows are moved aside.
    moved: Vec<(&'g Table, Name)>,
    /// The foreign keys that are dropped and made again, with their tables, in the order of these.
    foreign_keys: Vec<(&'g Table, &'g Constraint)>,
    /// Columns whose values are, byte for byte, those of a key that is checked: a valid foreign key says so.
    followers: BTreeSet<(Name, String)>,
}

impl Conversion<'_> {
    /// Whether nothing can be in a column that is not in a key which is checked.
    fn is_followed(&self, table: &Table, column: &Column) -> bool {
        self.followers.contains(&(table.name.clone(), column.name.clone()))
    }
}

/// The columns that follow a checked key, directly or through others; where keys go round in circles, none does.
fn followers(graph: &Graph<'_>) -> BTreeSet<(Name, String)> {
    // What another collation takes for equal may differ in its bytes.
    let plain =
        |c: &Column| c.collation.as_deref().is_none_or(|c| matches!(c.trim_matches('"'), "C" | "POSIX"));
    let mut ties: Vec<((Name, String), (Name, String))> = Vec::new();
    for work in &graph.tables {
        for key in work.table.constraints.iter().filter(|c| c.validated) {
            let (Some(references), [column]) = (&key.references, key.columns.as_slice()) else { continue };
            let other = graph.tables.iter().find(|w| w.table.name == references.table);
            let columns = (
                work.columns.iter().find(|c| c.name == *column),
                other.and_then(|w| w.columns.iter().find(|c| references.columns.contains(&c.name))),
            );
            if let (Some(one), Some(other)) = columns
                && plain(one)
                && plain(other)
                && one.data_type != "citext"
            {
                let other = (references.table.clone(), other.name.clone());
                ties.push(((work.table.name.clone(), one.name.clone()), other));
            }
        }
    }
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for (one, other) in &ties {
            let checked = !ties.iter().any(|(o, _)| o == other);
            if checked || found.contains(other) {
                found.insert(one.clone());
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// The SQL of both directions.
pub(super) fn compile(operation: &ConvertKey, against: &Against<'_>, graph: &Graph<'_>) -> Result<Compiled> {
    let moved = keep::moved(operation, against, graph);
    let foreign_keys = foreign_keys(graph, &moved);
    let spellings = keep::spellings(operation, against, graph);
    let conversion = Conversion { graph, spellings, moved, foreign_keys, followers: followers(graph) };
    // Rewriting sees every row; what is kept and moved aside is queried.
    let queried = !conversion.spellings.is_empty() || !conversion.moved.is_empty();
    let tables = graph.tables.iter().map(|w| w.table).chain(conversion.moved.iter().map(|(t, _)| *t));
    let unfiltered = tables.filter(|_| queried).find_map(unfiltered);
    let side = |direction| -> Vec<String> {
        unfiltered.iter().cloned().chain(Side::new(&conversion, direction).statements()).collect()
    };
    let (up, down) = (side(Direction::Up), side(Direction::Down));
    let after = validation(&conversion);
    let validate = |step: &str| Part::transaction(step, after.clone());
    let nothing = |step: &str, why: &str| Part::transaction(step, vec![format!("-- {why}")]);
    let notices = notices(operation.sqlite, graph, &conversion.spellings, &conversion.moved);
    Ok(Compiled {
        up: vec![
            nothing(
                VALIDATE_BACK,
                "Nothing to do here: on the way down, foreign keys are validated in this step.",
            ),
            Part::transaction(CONVERT, up),
            validate(VALIDATE),
        ],
        down: vec![
            nothing(VALIDATE, "Nothing to do here: on the way up, foreign keys are validated in this step."),
            Part::transaction(CONVERT, down),
            validate(VALIDATE_BACK),
        ],
        notices,
    })
}

/// Indexes are built, and foreign keys validated, with at least so much memory; until the end of the transaction.
fn more_memory() -> String {
    format!(
        "SELECT set_config('maintenance_work_mem', greatest({MAINTENANCE_WORK_MEM}, (SELECT setting::bigint FROM pg_settings WHERE name = 'maintenance_work_mem'))::text, true)"
    )
}

/// Behind the commit, in a transaction that blocks neither readers nor writers; one that is killed is done again.
fn validation(conversion: &Conversion<'_>) -> Vec<String> {
    let mut statements = vec![more_memory()];
    for (table, key) in &conversion.foreign_keys {
        if let (Some(name), true) = (&key.name, key.validated && !is_partitioned(table)) {
            statements.push(format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", table.name.sql(), ident(name)));
        }
    }
    let tables: Vec<String> = conversion.graph.tables.iter().map(|w| w.table.name.sql()).collect();
    statements.push(format!("ANALYZE {}", tables.join(", ")));
    statements
}

/// The foreign keys that tie converted columns, and, where rows are moved, all that tie the tables they are moved from.
fn foreign_keys<'g>(graph: &Graph<'g>, moved: &[(&Table, Name)]) -> Vec<(&'g Table, &'g Constraint)> {
    let mut found = Vec::new();
    for table in graph.schema.tables.iter().filter(|t| t.fact("partition of").is_none()) {
        let work = graph.tables.iter().find(|w| w.table.name == table.name);
        for constraint in &table.constraints {
            let Some(references) = &constraint.references else { continue };
            let converted = work.is_some_and(|w| constraint.columns.iter().any(|c| w.has(c)));
            if converted || moved.iter().any(|(t, _)| t.name == references.table) {
                found.push((table, constraint));
            }
        }
    }
    found
}

fn is_partitioned(table: &Table) -> bool {
    table.fact("partitioned by").is_some()
}
