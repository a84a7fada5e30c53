//! What is kept aside: spellings that would not come back, and rows whose keys are no UUIDs.

use super::{ConvertKey, Graph, OnInvalid, OnNoncanonical, Work};
use crate::model::Dialect;
use crate::operation::{Against, naming};
use crate::quote::ident;
use crate::schema::{Column, Constraint, Name, References, Table};

/// The spellings of one column.
pub(super) struct Spellings<'a> {
    /// The table that is made for them: `kept_row_1`, …, `kept_value`, `kept_spelling`.
    pub(super) name: Name,
    pub(super) table: &'a Table,
    pub(super) column: &'a Column,
    /// The primary key, which tells the row. Where there is none, a value has one spelling.
    pub(super) row: Vec<&'a Column>,
}

impl Spellings<'_> {
    /// The columns that tell a row: the first of the kept table.
    pub(super) fn row_names(&self) -> Vec<String> {
        (1..=self.row.len()).map(|i| format!("kept_row_{i}")).collect()
    }

    /// The key of the kept table.
    pub(super) fn key(&self) -> String {
        if self.row.is_empty() { "kept_value".to_owned() } else { self.row_names().join(", ") }
    }
}

/// The spellings to keep, of every column that is converted.
pub(super) fn spellings<'a>(
    operation: &ConvertKey,
    against: &Against<'_>,
    graph: &Graph<'a>,
) -> Vec<Spellings<'a>> {
    if operation.on_noncanonical != OnNoncanonical::Keep {
        return Vec::new();
    }
    let of = |work: &Work<'a>, column: &&'a Column| {
        let key = work.table.primary_key().map_or(&[][..], |k| &k.columns);
        let row = key.iter().filter_map(|c| work.table.column(c, graph.schema.dialect)).collect();
        let name = naming::kept(against.version, &[&work.table.name.name, &column.name]);
        Spellings { name: work.table.name.sibling(name), table: work.table, column, row }
    };
    graph
        .tables
        .iter()
        .flat_map(|work| work.columns.iter().map(|c| of(work, c)).collect::<Vec<_>>())
        .collect()
}

/// The tables from which rows may be moved aside, each with the table that they are moved to: those that are
/// converted, and those that hang from them by whatever foreign key.
pub(super) fn moved<'a>(
    operation: &ConvertKey,
    against: &Against<'_>,
    graph: &Graph<'a>,
) -> Vec<(&'a Table, Name)> {
    if operation.on_invalid != OnInvalid::Quarantine {
        return Vec::new();
    }
    let mut found: Vec<&Table> = graph.tables.iter().map(|w| w.table).collect();
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        for (child, _) in hanging(graph, parent) {
            if child.fact("partition of").is_none() && !found.iter().any(|t| t.name == child.name) {
                found.push(child);
            }
        }
        next += 1;
    }
    let kept = |t: &'a Table| t.name.sibling(naming::kept(against.version, &[&t.name.name, "rows"]));
    found.into_iter().map(|t| (t, kept(t))).collect()
}

/// The foreign keys that refer to a table, with their tables.
pub(super) fn hanging<'a>(graph: &Graph<'a>, parent: &Table) -> Vec<(&'a Table, &'a Constraint)> {
    let same = |name: &Name| match graph.schema.dialect {
        Dialect::Postgres => *name == parent.name,
        Dialect::Sqlite => name.name.eq_ignore_ascii_case(&parent.name.name),
    };
    let mut found = Vec::new();
    for table in &graph.schema.tables {
        for constraint in &table.constraints {
            if constraint.references.as_ref().is_some_and(|r| same(&r.table)) {
                found.push((table, constraint));
            }
        }
    }
    found
}

/// The columns that take a value, as a list in SQL.
pub(super) fn plain_columns(table: &Table) -> String {
    let plain = table.columns.iter().filter(|c| c.generated.is_none());
    plain.map(|c| ident(&c.name)).collect::<Vec<_>>().join(", ")
}

/// That a row `c` refers to a row `p`. The parent stands first: its collation is the one that SQLite compares with.
pub(super) fn refers(key: &Constraint, references: &References) -> String {
    let pairs = key.columns.iter().zip(&references.columns);
    pairs.map(|(c, p)| format!("p.{} = c.{}", ident(p), ident(c))).collect::<Vec<_>>().join(" AND ")
}
