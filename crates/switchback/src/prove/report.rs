//! What a proof found, as plain data with a stable JSON shape.

use serde::{Serialize, Serializer};
use std::sync::Arc;
pub use switchback_plan::schema::Difference;
use switchback_plan::schema::Schema;

/// What the proof of one set on one engine found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProofReport {
    /// The name of the database.
    pub database: String,
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// The major version of the server.
    pub major: String,
    /// In the order of versions.
    pub migrations: Vec<MigrationProof>,
    /// Tables that could not be given rows when a migration was proven, each once.
    pub unfilled: Vec<Unfilled>,
}

impl ProofReport {
    /// Whether every migration passes.
    pub fn passes(&self) -> bool {
        self.migrations.iter().all(|m| m.passed)
    }

    /// The migrations that do not pass.
    pub fn failures(&self) -> impl Iterator<Item = &MigrationProof> {
        self.migrations.iter().filter(|m| !m.passed)
    }
}

/// What became of a way down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Schema and data are as they were.
    Exact,
    /// They are, but for the order of columns.
    ColumnOrder,
    /// The schema is as it was, and rows or values are gone.
    Lossy,
    /// The way down fails, or leaves something else behind.
    Broken,
    /// Nothing could be claimed.
    Unproven,
    /// There is no way down, and the author says why.
    Irreversible,
    /// There is none (flat layout).
    NoDown,
}

impl Verdict {
    /// Its name in JSON and in `switchback.lock`.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Exact => "exact",
            Verdict::ColumnOrder => "column-order",
            Verdict::Lossy => "lossy",
            Verdict::Broken => "broken",
            Verdict::Unproven => "unproven",
            Verdict::Irreversible => "irreversible",
            Verdict::NoDown => "no-down",
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

/// The proof of one migration.
#[derive(Debug, Clone, Serialize)]
pub struct MigrationProof {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// What became of its way down.
    pub verdict: Verdict,
    /// Whether that is good enough: exact, the order of columns alone, or exactly the declared loss.
    pub passed: bool,
    /// What is wrong, or what nothing could be claimed for, in a sentence each.
    pub reasons: Vec<String>,
    /// How many rows each table had before the up: what the verdict is about.
    pub tables: Vec<TableRows>,
    /// What differs behind the down from what was before the up.
    pub differences: Vec<Difference>,
    /// What the down did not bring back, as it would be declared in `lossy`.
    pub losses: Vec<Loss>,
    /// What differs behind the second up from what the first one left.
    pub redo: Vec<Difference>,
    /// What the up removed and no way down brings back.
    pub lost: Vec<Loss>,
    /// Of a migration in steps: what became of it when it was turned round behind a step.
    pub prefixes: Vec<Prefix>,
    /// The schema behind the up; not in JSON.
    #[serde(skip)]
    pub schema: Option<Arc<Schema>>,
    /// How long all of it took.
    pub seconds: f64,
}

/// How many rows a table had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableRows {
    /// The table.
    pub table: String,
    /// Its rows.
    pub rows: u64,
}

/// Something that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// `table` where rows are gone, `table.column` where values are, or a sequence that counts from elsewhere.
    pub object: String,
    /// How many rows.
    pub rows: u64,
}

/// A migration that was turned round behind one of its steps.
#[derive(Debug, Clone, Serialize)]
pub struct Prefix {
    /// The last step that was done.
    pub step: String,
    /// `exact`, `column-order`, `lossy`, `broken`; or `forward-only`, where its sides have different numbers of steps.
    pub verdict: &'static str,
    /// What differs from what was before the up.
    pub differences: Vec<Difference>,
}

/// A table that could not be given rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unfilled {
    /// The migration whose proof asked for rows.
    pub version: i64,
    /// The table.
    pub table: String,
    /// The server's error.
    pub error: String,
}
