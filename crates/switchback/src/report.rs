//! What was done, as plain data with a stable JSON shape.

pub use crate::health::{Finding, Severity};
pub use crate::preflight::PreflightReport;
use serde::Serialize;
use std::path::PathBuf;
use switchback_plan::schema::Difference;

/// What `up`, `down` and `redo` did to one database.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The name of the database.
    pub database: String,
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// `up` or `down`.
    pub direction: &'static str,
    /// In the order in which they ran.
    pub migrations: Vec<MigrationReport>,
    /// Rows of the tables that `up` touched, where they were quickly counted: when the run began, and at its end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowsReport>,
    /// The backup that was made first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<PathBuf>,
}

/// Rows of a table before a run and behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RowsReport {
    /// Its name, with its schema where that is not on the search path.
    pub table: String,
    /// When the run began; `null` where there was no such table.
    pub before: Option<u64>,
    /// When it had ended; `null` where there is no such table any more.
    pub after: Option<u64>,
}

/// What one migration did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MigrationReport {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// The steps that ran now (not those that an earlier run had finished).
    pub steps: Vec<StepReport>,
    /// What its `[[benchmark]]` queries took before and behind it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub benchmarks: Vec<BenchmarkReport>,
    /// What a Rust migration reported about itself, free in shape.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<serde_json::Value>,
}

/// What a `[[benchmark]]` took, in seconds: the median of warm runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct BenchmarkReport {
    /// What it is called.
    pub name: String,
    /// Before the migration; `null` where an earlier run began it and timed nothing.
    pub before: Option<f64>,
    /// Behind it, before its last commit.
    pub after: f64,
    /// How many times as long it takes behind the migration.
    pub ratio: Option<f64>,
    /// How many times as long it may take.
    pub max_slowdown: Option<f64>,
}

/// What one step did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct StepReport {
    /// Its name.
    pub name: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// One for each statement.
    pub changes: Vec<Change>,
    /// What was there before and is gone, and why that may be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<LossReport>,
}

/// Rows or values that a step has taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LossReport {
    /// `table` or `table.column`, with its schema where that is not the current one.
    pub object: String,
    /// Rows that are gone, or that had a value in the column.
    pub rows: u64,
    /// `deleted`, `truncated`, `dropped`, `dropped column` or `left out` (of a table made anew).
    pub how: &'static str,
    /// `declared` in `lossy`, `kept` in another table, `proven` (the way down brings it back), `taken back` by a way down,
    /// or `not declarable` (refinery's flat layout).
    pub allowed: &'static str,
}

/// One change: a statement, or what a Rust migration says it did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Change {
    /// In a few words: `add column tasks.checked`.
    pub what: String,
    /// Rows written; `null` where the statement is not about rows.
    pub rows: Option<u64>,
}

/// `status` of one database.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Status {
    /// The name of the database.
    pub database: String,
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// In the order of versions.
    pub applied: Vec<AppliedStatus>,
    /// In the order in which they would run.
    pub pending: Vec<PendingStatus>,
    /// Where files and history disagree, and what is half-done.
    pub problems: Vec<ProblemStatus>,
}

/// An applied migration.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AppliedStatus {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// RFC 3339.
    pub applied_at: String,
    /// Of the up that was applied.
    pub sha256: String,
}

/// A pending migration.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PendingStatus {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
}

/// A problem.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProblemStatus {
    /// Its stable name, such as `changed_up`.
    pub kind: &'static str,
    /// Of which migration.
    pub version: i64,
    /// A sentence with the command that resolves it.
    pub message: String,
}

/// `drift` of one database.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DriftReport {
    /// The name of the database.
    pub database: String,
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// The newest applied version.
    pub version: Option<i64>,
    /// Whether anything differs.
    pub drifted: bool,
    /// The throwaway server is of another major version, so defaults, checks and bodies could not be compared.
    pub structure_only: bool,
    /// Object by object: `before` is what the migrations make, `after` what is there.
    pub differences: Vec<Difference>,
}

/// What would run on one database.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PlanReport {
    /// The name of the database.
    pub database: String,
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// `up` or `down`.
    pub direction: &'static str,
    /// The newest applied version now.
    pub from: Option<i64>,
    /// The newest applied version afterwards.
    pub to: Option<i64>,
    /// `sha256:…` over all that would run.
    pub digest: String,
    /// In the order in which they would run.
    pub migrations: Vec<PlannedMigrationReport>,
}

/// One planned migration.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PlannedMigrationReport {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// The steps that would run, in order; those done already are left out.
    pub steps: Vec<PlannedStepReport>,
    /// The queries that would be timed before it and behind it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub benchmarks: Vec<PlannedBenchmark>,
}

/// A query that would be timed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PlannedBenchmark {
    /// What it is called.
    pub name: String,
    /// What runs before the migration.
    pub before: String,
    /// What runs behind it.
    pub after: String,
    /// How many times each.
    pub runs: u32,
    /// How many times as long it may take behind the migration.
    pub max_slowdown: Option<f64>,
}

/// One planned step.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PlannedStepReport {
    /// Its name.
    pub name: String,
    /// `transaction`, `no-transaction`, `batch` or `rust`.
    pub mode: &'static str,
    /// The text as committed (for Rust: the file), without the literals of statements that may hold sensitive values.
    pub sql: String,
    /// The sensitive columns that it may hold values of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sensitive: Vec<String>,
}

/// One row of the journal.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LogEntry {
    /// Its number, from 1.
    pub id: i64,
    /// RFC 3339.
    pub at: String,
    /// What happened. Of a run: `run_started`, `step_started`, `step_finished`, `reverted`, `schema`, `failed`,
    /// `run_finished`. Around one: `refused`, `hook`, `backed_up`, `restored`, `rolled_back`. By a person's word: `repaired`,
    /// `rebaselined`, `baselined`, `purged`, `brought_back`.
    pub event: String,
    /// All rows of one run share it.
    pub run: String,
    /// Of which migration.
    pub version: Option<i64>,
    /// Its name.
    pub name: Option<String>,
    /// The step.
    pub step: Option<String>,
    /// `up` or `down`.
    pub direction: Option<String>,
    /// Of the side that ran.
    pub sha256: Option<String>,
    /// Of the way down that was stored with it.
    pub down_sha256: Option<String>,
    /// The user of the operating system.
    pub actor: String,
    /// The host.
    pub host: String,
    /// `switchback 0.1.0`.
    pub tool: String,
    /// How long it took.
    pub duration_ms: Option<i64>,
    /// Rows written.
    pub rows: Option<i64>,
    /// Of the plan that was carried out.
    pub plan: Option<String>,
    /// Free text: an error, a reason.
    pub detail: Option<String>,
    /// The hash of the row before.
    pub prev: String,
    /// The hash of this row.
    pub hash: String,
}

/// What the journal says of the runs so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct LastRun {
    /// How long the newest one took.
    pub seconds: Option<f64>,
    /// When one failed last, in seconds since 1970.
    pub failed_at: Option<i64>,
}

/// What `check` found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CheckReport {
    /// The name of the database.
    pub database: String,
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// One for each query.
    pub checks: Vec<CheckResult>,
    /// Whether the database is fit to be migrated.
    pub findings: Vec<Finding>,
    /// What the `[[analyze]]` queries of pending migrations found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub analyses: Vec<Analysis>,
    /// What the next migration would find, where it converts keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preflight: Option<PreflightReport>,
}

/// One query of a `checks.sql`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CheckResult {
    /// Of which migration.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// The query's first words, or the comment above it.
    pub what: String,
    /// Rows that should not be there; 0 is good.
    pub rows: u64,
    /// The error, where it could not run.
    pub error: Option<String>,
}

/// What an `[[analyze]]` query of a pending migration found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Analysis {
    /// Of which migration.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// What the query is called.
    pub what: String,
    /// The names of the columns; none where there are no rows.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<crate::value::Value>>,
    /// The error, where it could not run.
    pub error: Option<String>,
    /// The sensitive columns that it may hold values of: those are hidden.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sensitive: Vec<String>,
}
