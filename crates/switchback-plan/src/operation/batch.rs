//! Walking a table in ranges of its key.

use super::{Against, Part};
use crate::model::{Batch, Dialect, Mode};
use crate::quote;
use crate::schema::{ConstraintKind, Table};
use std::num::NonZeroU64;

/// Rows a batch: 5000 where an operation does not say.
pub(super) fn size(said: Option<NonZeroU64>) -> u64 {
    said.map_or(5000, NonZeroU64::get)
}

/// A column that batches can walk along: NOT NULL, unique, and alone; with a name that a directive can carry.
pub(super) fn key(table: &Table, against: &Against<'_>) -> Option<String> {
    let dialect = against.dialect();
    let plain = |name: &str| !name.contains(['"', '.', '\n', '\r']);
    if !plain(&table.name.name) || !table.name.schema.as_deref().is_none_or(plain) {
        return None;
    }
    let fits = |columns: &[String]| match columns {
        [only] => table.column(only, dialect).is_some_and(|c| {
            let rowid = dialect == Dialect::Sqlite
                && c.data_type.eq_ignore_ascii_case("integer")
                && table.primary_key().is_some_and(|k| k.columns == columns);
            (c.not_null || rowid) && plain(&c.name)
        }),
        _ => false,
    };
    let unique = table.constraints.iter().filter(|c| c.kind == ConstraintKind::Unique);
    let deferrable = |definition: &str| definition.to_ascii_lowercase().contains("deferrable");
    table
        .primary_key()
        .into_iter()
        .chain(unique)
        .find(|c| fits(&c.columns) && !deferrable(&c.definition))
        .map(|c| c.columns[0].clone())
}

/// `"id" BETWEEN :from AND :upto`.
pub(super) fn range(alias: &str, key: &str) -> String {
    format!("{alias}{} BETWEEN :from AND :upto", quote::ident(key))
}

/// A step that does its statements range by range.
pub(super) fn part(step: &str, table: &Table, key: &str, size: u64, statements: Vec<String>) -> Part {
    let batch = Batch { table: table.name.to_string(), key: key.to_owned(), size };
    Part { mode: Mode::Batch(batch), ..Part::transaction(step, statements) }
}
