//! What a Rust migration gets to work with.

use crate::report::Change;
use crate::value::{Row, Value};
use switchback_plan::{Dialect, Error, ErrorKind, Result};
use time::OffsetDateTime;
use uuid::Uuid;

/// A table that is walked in ranges of a key, a transaction for each.
#[derive(Debug, Clone)]
pub struct Batches<'a> {
    /// The name of the step.
    pub step: &'a str,
    /// The table, optionally with its schema.
    pub table: &'a str,
    /// A NOT NULL unique column of it.
    pub key: &'a str,
    /// The columns that the closure gets, in this order (the key too, if it is wanted).
    pub columns: &'a [&'a str],
    /// Rows a batch.
    pub size: u64,
}

/// A record that cannot be converted: kept, counted, and not in the way of the rest.
#[derive(Debug, Clone)]
pub struct Reject<'a> {
    /// The table that keeps rejects: `source`, `id`, `row` (JSON), `reason`, `rejected_at`.
    pub into: &'a str,
    /// Where the record came from.
    pub source: &'a str,
    /// Its key.
    pub id: &'a str,
    /// The whole record.
    pub row: &'a Row,
    /// Why, in a sentence.
    pub reason: &'a str,
}

/// The context of a Rust migration.
///
/// Without steps, all that a migration does is one transaction, committed with its record. With steps
/// ([`Context::step`], [`Context::batches`]) each step (and each batch) commits by itself and is skipped when the
/// migration is resumed; then nothing may be written outside a step. On the way down a step runs only when the step
/// of the same name stands, and undoes it.
///
/// Parameters are written `$1`, `$2`, … on both engines.
pub struct Context<'a> {
    pub(crate) _todo: std::marker::PhantomData<&'a mut ()>,
}

#[allow(unused_variables, clippy::unused_self, clippy::needless_pass_by_ref_mut)]
impl Context<'_> {
    /// The engine that is being migrated.
    pub fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    /// An option: `--set name=value`, else `[options]` in `migration.toml`.
    pub fn option(&self, name: &str) -> Option<&str> {
        None
    }

    /// The time, which a proof can fix; the same throughout one migration.
    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH
    }

    /// A random UUID (version 4), from a source that a proof can fix.
    pub fn uuid(&mut self) -> Uuid {
        Uuid::nil()
    }

    /// A random number, from the same source.
    pub fn random(&mut self) -> u64 {
        0
    }

    /// Runs one statement and returns the rows it wrote.
    ///
    /// # Errors
    /// The server's, with its code and the place in the statement.
    pub fn execute(&mut self, sql: &str, parameters: &[Value]) -> Result<u64> {
        stub()
    }

    /// Runs one query and returns all of its rows: for results that are known to be small.
    ///
    /// # Errors
    /// The server's.
    pub fn query(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>> {
        stub()
    }

    /// Runs one query and hands over its rows one by one, so that memory stays bounded.
    ///
    /// # Errors
    /// The server's, or the closure's.
    pub fn query_each(
        &mut self,
        sql: &str,
        parameters: &[Value],
        each: &mut dyn FnMut(Row) -> Result<()>,
    ) -> Result<()> {
        stub()
    }

    /// Inserts many rows: COPY on PostgreSQL, one prepared statement on SQLite. Returns how many.
    ///
    /// # Errors
    /// The server's, or one for a row whose length is not that of `columns`.
    pub fn bulk_insert(
        &mut self,
        table: &str,
        columns: &[&str],
        rows: &mut dyn Iterator<Item = Vec<Value>>,
    ) -> Result<u64> {
        stub()
    }

    /// Updates many rows by key: each row holds the key's value first, then one for each of `columns`.
    ///
    /// # Errors
    /// The server's, or one for a row whose length does not fit.
    pub fn bulk_update(
        &mut self,
        table: &str,
        key: &str,
        columns: &[&str],
        rows: &mut dyn Iterator<Item = Vec<Value>>,
    ) -> Result<u64> {
        stub()
    }

    /// A step: its work commits together with its record, and is skipped when it was done before.
    ///
    /// # Errors
    /// The closure's; the step is rolled back then.
    pub fn step(&mut self, name: &str, work: &mut dyn FnMut(&mut Context<'_>) -> Result<()>) -> Result<()> {
        stub()
    }

    /// A step that walks a table: each batch commits together with its cursor, so that a killed run goes on behind
    /// the last committed batch. Rows inserted behind the cursor meanwhile are counted at the end and swept again, so
    /// the work on a row must give the same when it is done twice. Returns the rows handed over.
    ///
    /// # Errors
    /// The closure's; the batch is rolled back then, those before it stay.
    pub fn batches(
        &mut self,
        batches: &Batches<'_>,
        work: &mut dyn FnMut(&mut Context<'_>, &[Row]) -> Result<()>,
    ) -> Result<u64> {
        stub()
    }

    /// Adds a line to the report of this step.
    pub fn report(&mut self, what: impl Into<String>, rows: Option<u64>) {
        let _ = Change { what: what.into(), rows };
    }

    /// Sets the free part of this migration's report.
    pub fn details(&mut self, details: serde_json::Value) {}

    /// Tells how far a long step is.
    pub fn progress(&mut self, done: u64, total: Option<u64>) {}

    /// Keeps a record that cannot be converted, or stops when the option `on_reject` is `abort`.
    ///
    /// # Errors
    /// With `on_reject = "abort"`, or when it cannot be kept.
    pub fn reject(&mut self, reject: &Reject<'_>) -> Result<()> {
        stub()
    }
}

fn stub<T>() -> Result<T> {
    Err(Error::new(ErrorKind::Unsupported, "not built yet"))
}
