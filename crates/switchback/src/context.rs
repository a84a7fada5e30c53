//! What a Rust migration gets to work with.

use crate::db::Database;
use crate::report::Change;
use crate::value::{Row, Value, format_timestamp};
use switchback_plan::{Dialect, Error, ErrorKind, Result};
use time::OffsetDateTime;
use uuid::Uuid;

/// Who runs the transactions behind a context.
pub(crate) trait Host {
    /// The database, inside a transaction.
    fn db(&mut self) -> Result<&mut Database>;
    fn dialect(&self) -> Dialect;
    fn option(&self, name: &str) -> Option<&str>;
    fn now(&self) -> OffsetDateTime;
    fn random(&mut self) -> u64;
    fn change(&mut self, change: Change);
    fn details(&mut self, details: serde_json::Value);
    fn progress(&mut self, done: u64, total: Option<u64>);
    /// False when the step was done before.
    fn begin_step(&mut self, name: &str) -> Result<bool>;
    fn commit_step(&mut self, name: &str) -> Result<()>;
    fn abandon(&mut self);
    fn pause_or_fail(&mut self, e: Error, attempts: &mut u32) -> Result<()>;
    fn batches(
        &mut self,
        batches: &Batches<'_>,
        work: &mut dyn FnMut(&mut Context<'_>, &[Row]) -> Result<()>,
    ) -> Result<u64>;
}

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
    host: &'a mut (dyn Host + 'a),
}

impl<'a> Context<'a> {
    pub(crate) fn new(host: &'a mut (dyn Host + 'a)) -> Context<'a> {
        Context { host }
    }
}

impl Context<'_> {
    /// The engine that is being migrated.
    pub fn dialect(&self) -> Dialect {
        self.host.dialect()
    }

    /// An option: `--set name=value`, else `[options]` in `migration.toml`.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.host.option(name)
    }

    /// The time, which a proof can fix; the same throughout one run of a migration.
    pub fn now(&self) -> OffsetDateTime {
        self.host.now()
    }

    /// A random UUID (version 4), from a source that a proof can fix.
    pub fn uuid(&mut self) -> Uuid {
        uuid::Builder::from_u128(u128::from(self.random()) << 64 | u128::from(self.random()))
            .with_variant(uuid::Variant::RFC4122)
            .with_version(uuid::Version::Random)
            .into_uuid()
    }

    /// A random number, from the same source.
    pub fn random(&mut self) -> u64 {
        self.host.random()
    }

    /// Runs one statement and returns the rows it wrote.
    ///
    /// # Errors
    /// The server's, with its code and the beginning of the statement.
    pub fn execute(&mut self, sql: &str, parameters: &[Value]) -> Result<u64> {
        self.host.db()?.execute(sql, parameters)
    }

    /// Runs one query and returns all of its rows: for results that are known to be small.
    ///
    /// # Errors
    /// The server's.
    pub fn query(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>> {
        self.host.db()?.query(sql, parameters)
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
        self.host.db()?.query_each(sql, parameters, each)
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
        self.host.db()?.bulk_insert(table, columns, rows)
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
        self.host.db()?.bulk_update(table, key, columns, rows)
    }

    /// A step: its work commits together with its record, and is skipped when it was done before.
    ///
    /// # Errors
    /// The closure's; the step is rolled back then. After a refused lock or a deadlock the closure runs again.
    pub fn step(&mut self, name: &str, work: &mut dyn FnMut(&mut Context<'_>) -> Result<()>) -> Result<()> {
        let mut attempts = 0;
        loop {
            if !self.host.begin_step(name)? {
                return Ok(());
            }
            let worked = work(&mut Context::new(&mut *self.host));
            match worked.and_then(|()| self.host.commit_step(name)) {
                Ok(()) => return Ok(()),
                Err(e) => {
                    self.host.abandon();
                    self.host.pause_or_fail(e, &mut attempts)?;
                }
            }
        }
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
        self.host.batches(batches, work)
    }

    /// Adds a line to the report of this step.
    pub fn report(&mut self, what: impl Into<String>, rows: Option<u64>) {
        self.host.change(Change { what: what.into(), rows });
    }

    /// Sets the free part of this migration's report.
    pub fn details(&mut self, details: serde_json::Value) {
        self.host.details(details);
    }

    /// Tells how far a long step is.
    pub fn progress(&mut self, done: u64, total: Option<u64>) {
        self.host.progress(done, total);
    }

    /// Keeps a record that cannot be converted, or stops when the option `on_reject` is `abort`.
    ///
    /// # Errors
    /// With `on_reject = "abort"`, or when it cannot be kept.
    pub fn reject(&mut self, reject: &Reject<'_>) -> Result<()> {
        if self.option("on_reject") == Some("abort") {
            return Err(Error::new(
                ErrorKind::Statement,
                format!("{} {} cannot be converted: {}", reject.source, reject.id, reject.reason),
            )
            .hint("mend the record, or set on_reject = \"keep\" to keep such records aside and go on"));
        }
        let row: serde_json::Map<String, serde_json::Value> = reject
            .row
            .columns()
            .iter()
            .zip(reject.row.values())
            .map(|(column, value)| (column.clone(), serde_json::to_value(value).unwrap_or_default()))
            .collect();
        let now = self.now();
        let at: Value = match self.dialect() {
            Dialect::Sqlite => format_timestamp(now).into(),
            Dialect::Postgres => now.into(),
        };
        let sql = format!(
            "INSERT INTO {} (source, id, \"row\", reason, rejected_at) VALUES ($1, $2, $3, $4, $5)",
            switchback_plan::quote::qualified(reject.into)
        );
        let values = [
            reject.source.into(),
            reject.id.into(),
            serde_json::Value::Object(row).into(),
            reject.reason.into(),
            at,
        ];
        self.execute(&sql, &values).map(|_| ())
    }
}
