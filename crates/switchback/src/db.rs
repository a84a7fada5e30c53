//! The two databases behind one set of verbs. The only place that matches on which it is.

mod losses;
pub(crate) mod postgres;
pub(crate) mod sqlite;
pub(crate) mod values;

use crate::report::Change;
use crate::value::{Row, Value};
/// A table with more rows is not counted besides.
pub(crate) const QUICKLY: u64 = 100_000;

pub(crate) use losses::{Balance, Gone, How};
use postgres::Postgres;
use sqlite::Sqlite;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use switchback_plan::losing::Losing;
use switchback_plan::{Batch, Dialect, Error, ErrorKind, Result, Script, Statement, Step, Tally};

/// A statement with its parameters (`$1`, `$2`, …), not yet run.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    pub sql: Rc<str>,
    pub parameters: Vec<Value>,
}

impl Bound {
    pub fn new(sql: impl Into<Rc<str>>, parameters: Vec<Value>) -> Bound {
        Bound { sql: sql.into(), parameters }
    }
}

/// How a transaction begins.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Begin {
    /// PostgreSQL: how long one statement may wait for a lock.
    pub lock_timeout: Duration,
    /// SQLite: how long to wait for another writer.
    pub busy_timeout: Duration,
    /// SQLite: switch foreign keys off before, and check them before the commit.
    pub foreign_keys_off: bool,
    /// SQLite: a page cache that holds what a batch of a large table changes.
    pub batch: bool,
}

/// A range of a batch key, both ends included.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Range {
    pub from: Value,
    pub upto: Value,
    pub tally: Tally,
}

/// A foreign key that rows break.
#[derive(Debug, Clone)]
pub(crate) struct BrokenKey {
    /// The same before and behind a migration.
    pub id: String,
    /// As a person would name it.
    pub name: String,
    pub table: String,
    pub parent: String,
    /// Not said to be NOT VALID.
    pub validated: bool,
    pub rows: u64,
}

/// A failed statement: the error, and the byte of the text at which it failed, where that is known.
pub(crate) struct Failed {
    pub error: Error,
    pub offset: Option<usize>,
}

/// An open database.
pub(crate) enum Database {
    Sqlite(Box<Sqlite>),
    Postgres(Box<Postgres>),
}

macro_rules! delegate {
    ($self:ident, $db:ident => $call:expr) => {
        match $self {
            Database::Sqlite($db) => $call,
            Database::Postgres($db) => $call,
        }
    };
}

impl Database {
    pub fn dialect(&self) -> Dialect {
        match self {
            Database::Sqlite(_) => Dialect::Sqlite,
            Database::Postgres(_) => Dialect::Postgres,
        }
    }

    /// The major version of the server, under which texts are compared; of SQLite there is one.
    pub fn major(&mut self) -> Result<String> {
        match self {
            Database::Sqlite(_) => Ok("3".to_owned()),
            Database::Postgres(db) => db.major(),
        }
    }

    /// Which database this is, whatever it is called and whoever connects.
    pub fn identity(&mut self) -> Result<BTreeMap<String, String>> {
        delegate!(self, db => db.identity())
    }

    /// The name of one of our tables, quoted, and qualified where the engine has schemas.
    pub fn own_table(&self, name: &str) -> String {
        delegate!(self, db => db.own_table(name))
    }

    /// Makes the schema of our tables, where one was asked for and is not there.
    pub fn ensure_schema(&mut self) -> Result<()> {
        delegate!(self, db => db.ensure_schema())
    }

    /// Which of these tables of ours exist.
    pub fn existing(&mut self, names: &[&str]) -> Result<Vec<bool>> {
        delegate!(self, db => db.existing(names))
    }

    /// Begins a transaction that may write; runs `first`, and returns how many rows each of them wrote.
    pub fn begin(&mut self, how: &Begin, first: &[Bound]) -> Result<Vec<u64>> {
        delegate!(self, db => db.begin(how, first))
    }

    /// Runs `records` and commits, in one message where the engine has messages. Rolled back when it fails.
    pub fn commit(&mut self, records: &[Bound]) -> Result<()> {
        delegate!(self, db => db.commit(records))
    }

    /// Rolls back what is open, if anything is; never fails, for it runs on paths that have an error already.
    pub fn rollback(&mut self) {
        delegate!(self, db => db.rollback());
    }

    /// Runs the statements of a step inside the open transaction.
    pub fn run_step(&mut self, script: &Script, step: &Step) -> std::result::Result<Vec<Change>, Failed> {
        delegate!(self, db => db.run_step(script, step))
    }

    /// Runs one statement outside any transaction.
    pub fn run_alone(
        &mut self,
        script: &Script,
        statement: &Statement,
        how: &Begin,
    ) -> std::result::Result<Change, Failed> {
        delegate!(self, db => db.run_alone(script, statement, how))
    }

    /// Whether a transaction of the step's own is open behind a statement that ran outside ours.
    pub fn leaves_open(&self, text: &str, open: bool) -> bool {
        delegate!(self, db => db.leaves_open(text, open))
    }

    /// Undoes the settings that a migration may have made, where the next one shares its transaction, and writes its
    /// records.
    pub fn clean(&mut self, how: &Begin, records: &[Bound]) -> Result<()> {
        delegate!(self, db => db.clean(how, records))
    }

    /// Runs one statement of a batch with `:from` and `:upto` bound; returns the rows it wrote.
    pub fn run_batch(
        &mut self,
        script: &Script,
        statement: &Statement,
        range: &Range,
    ) -> std::result::Result<u64, Failed> {
        delegate!(self, db => db.run_batch(script, statement, range))
    }

    /// The next range behind `after`, not beyond `limit`; `None` when there are no more rows.
    pub fn next_range(
        &mut self,
        batch: &Batch,
        after: Option<&Value>,
        limit: Option<&Value>,
    ) -> Result<Option<Range>> {
        delegate!(self, db => db.next_range(batch, after, limit))
    }

    /// What is in the range behind `after`, up to `upto`.
    pub fn tally(&mut self, batch: &Batch, after: Option<&Value>, upto: &Value) -> Result<Tally> {
        delegate!(self, db => db.tally(batch, after, upto))
    }

    /// Refuses, by name, a key that is not one NOT NULL unique column.
    pub fn check_batch_key(&mut self, batch: &Batch) -> Result<()> {
        delegate!(self, db => db.check_batch_key(batch))
    }

    /// Runs one statement; returns the rows it wrote.
    pub fn execute(&mut self, sql: &str, parameters: &[Value]) -> Result<u64> {
        delegate!(self, db => db.execute(sql, parameters))
    }

    /// Streams the rows of one query.
    pub fn query_each(
        &mut self,
        sql: &str,
        parameters: &[Value],
        each: &mut dyn FnMut(Row) -> Result<()>,
    ) -> Result<()> {
        delegate!(self, db => db.query_each(sql, parameters, each))
    }

    /// All rows of one query.
    pub fn query(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        self.query_each(sql, parameters, &mut |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    /// How many rows a query returns, whatever the types of its columns.
    pub fn count_rows(&mut self, sql: &str) -> Result<u64> {
        delegate!(self, db => db.count_rows(sql))
    }

    /// All rows of a query of our own, whose columns are of built-in types alone.
    pub fn query_own(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>> {
        delegate!(self, db => db.query_own(sql, parameters))
    }

    /// COPY, or a prepared INSERT.
    pub fn bulk_insert(
        &mut self,
        table: &str,
        columns: &[&str],
        rows: &mut dyn Iterator<Item = Vec<Value>>,
    ) -> Result<u64> {
        delegate!(self, db => db.bulk_insert(table, columns, rows))
    }

    /// An UPDATE by key of many rows.
    pub fn bulk_update(
        &mut self,
        table: &str,
        key: &str,
        columns: &[&str],
        rows: &mut dyn Iterator<Item = Vec<Value>>,
    ) -> Result<u64> {
        delegate!(self, db => db.bulk_update(table, key, columns, rows))
    }

    /// Tries once; `false` when somebody else has it.
    pub fn try_lock(&mut self) -> Result<bool> {
        delegate!(self, db => db.try_lock())
    }

    /// Who has the lock: `pid 4711 on db1, since …`.
    pub fn lock_holder(&mut self) -> Option<String> {
        delegate!(self, db => db.lock_holder())
    }

    /// Gives the lock back; never fails.
    pub fn unlock(&mut self) {
        delegate!(self, db => db.unlock());
    }

    /// Repairs what an interrupted statement outside a transaction leaves behind (INVALID indexes), before it is run again.
    pub fn clear_leftovers(&mut self, script: &Script, step: &Step) -> Result<Vec<String>> {
        delegate!(self, db => db.clear_leftovers(script, step))
    }

    /// A migration begins: what is there now is what can be lost.
    pub fn forget_losses(&mut self) {
        delegate!(self, db => db.forget_losses());
    }

    /// Inside the open transaction: from here on, as much is seen of what is taken away as its statements can take.
    pub fn watch(&mut self, losing: Losing) -> Result<()> {
        delegate!(self, db => db.watch(losing))
    }

    /// What the open transaction has taken away since.
    pub fn balance(&mut self) -> Result<Balance> {
        delegate!(self, db => db.balance())
    }

    /// Rows of a table by its name as a script wrote it; none where it is not there.
    pub fn rows_of(&mut self, name: &[String]) -> Result<u64> {
        delegate!(self, db => db.rows_of(name))
    }

    /// The foreign keys that rows break although the engine says otherwise, of the tables that are asked for.
    pub fn broken_keys(&mut self, touched: &dyn Fn(&str) -> bool) -> Result<Vec<BrokenKey>> {
        match self {
            Database::Sqlite(_) => Ok(Vec::new()),
            Database::Postgres(db) => db.broken_keys(touched),
        }
    }

    /// Rows of the tables that are asked for, where they are quickly counted.
    pub fn quick_counts(&mut self, wanted: &dyn Fn(&str) -> bool) -> Result<BTreeMap<String, Option<u64>>> {
        delegate!(self, db => db.quick_counts(wanted))
    }

    /// Whether deletes are seen where they cannot be read off a statement.
    pub fn counts_deletes(&self) -> bool {
        match self {
            Database::Sqlite(_) => true,
            Database::Postgres(db) => db.counts_deletes(),
        }
    }

    /// Whether the transaction that just failed may be tried again at once: more is known now.
    pub fn tries_again(&self) -> bool {
        match self {
            Database::Sqlite(db) => db.tries_again(),
            Database::Postgres(db) => db.tries_again(),
        }
    }
}

/// Whether a statement of that kind has a row count worth telling.
pub(crate) fn counts_rows(what: &str) -> bool {
    ["insert", "update", "delete", "merge", "copy", "truncate", "with", "replace"]
        .iter()
        .any(|verb| what.split(' ').next() == Some(verb))
}

/// An error for a bulk row of the wrong length.
pub(crate) fn wrong_length(table: &str, expected: usize, got: usize) -> Error {
    Error::new(ErrorKind::Database, format!("a row for {table} has {got} values, {expected} are needed"))
}

/// A key that cannot be walked, with the reason.
fn bad_key(batch: &Batch, why: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("{}.{} cannot be the key of a batch: {why}", batch.table, batch.key),
    )
    .hint("name one column that is NOT NULL and has a unique constraint or index of its own")
}

/// The condition `after < key <= upto` behind a table's name, and its parameters; `key` is quoted.
pub(crate) fn key_filter(key: &str, after: Option<&Value>, upto: Option<&Value>) -> (String, Vec<Value>) {
    let mut filter = String::new();
    let mut parameters = Vec::new();
    for (bound, operator) in [(after, ">"), (upto, "<=")] {
        if let Some(value) = bound {
            let word = if parameters.is_empty() { "WHERE" } else { "AND" };
            parameters.push(value.clone());
            filter.push_str(&format!(" {word} {key} {operator} ${}", parameters.len()));
        }
    }
    (filter, parameters)
}

/// What an interrupted run says.
pub(crate) fn interrupted() -> Error {
    Error::new(ErrorKind::Interrupted, "interrupted; what was not committed is rolled back")
        .hint("the same command goes on where this one stopped")
}

/// Whether the same transaction may well succeed when it is tried again.
pub(crate) fn is_retryable(e: &Error) -> bool {
    matches!(e.server_code(), Some("55P03" | "40P01" | "40001"))
}
