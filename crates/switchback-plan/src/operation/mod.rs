//! Declarative operations: what `migration.toml` declares, and the SQL that it becomes in both dialects and directions.
//!
//! Each operation is a file: its fields, what is wrong with them, and what it compiles to. Compiling is pure: it looks
//! into a [`Schema`] that was read before, never into a database.

use crate::model::{Dialect, Mode};
use crate::schema::Schema;

/// What an operation is compiled against.
#[derive(Debug, Clone, Copy)]
pub struct Against<'a> {
    /// The schema just before the operation, read with everything that compiling needs.
    pub schema: &'a Schema,
    /// The version of the migration, part of the names of what is kept aside.
    pub version: i64,
    /// The time of sealing in UTC, `20261121T201400Z`: part of the names of archived tables.
    pub stamp: &'a str,
}

impl Against<'_> {
    /// Whose SQL is wanted.
    pub fn dialect(&self) -> Dialect {
        self.schema.dialect
    }
}

/// The SQL of an operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compiled {
    /// The way up, in the order in which it runs.
    pub up: Vec<Part>,
    /// The way down, in the order in which it runs. Parts pair with those of the way up by name.
    pub down: Vec<Part>,
    /// What a person should know before this runs: shown when sealed, and in the plan.
    pub notices: Vec<String>,
}

/// A run of statements that commit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The name of the step that it becomes, where the file needs steps: `add_column_users_email`.
    pub step: String,
    /// How it is run.
    pub mode: Mode,
    /// SQLite: it rebuilds a table, so foreign keys must be off.
    pub foreign_keys_off: bool,
    /// The statements, without semicolons at their ends; a comment may stand before one.
    pub statements: Vec<String>,
}

impl Part {
    /// Statements in one transaction.
    pub fn transaction(step: impl Into<String>, statements: Vec<String>) -> Part {
        Part { step: step.into(), mode: Mode::Transaction, foreign_keys_off: false, statements }
    }
}
