//! What is in a database, as far as it is compared: every row of every table whatever their order, and every
//! counter.

mod cells;
mod postgres;
mod sqlite;

pub(crate) use cells::cells;

use crate::db::Database;
use crate::db::postgres::Postgres;
use crate::db::sqlite::Sqlite;
use siphasher::sip128::{Hasher128, SipHasher13};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;
use std::rc::Rc;
use switchback_plan::Result;
use switchback_plan::schema::{Name, Schema};

/// A table with more rows is compared by a digest alone: what differs is then told by the number of rows.
pub(crate) const KEPT_ROWS: u64 = 10_000;

/// The content of a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Content {
    /// By the names that people write.
    pub tables: BTreeMap<String, Table>,
    /// Sequences, and the counters of AUTOINCREMENT: name and state.
    pub sequences: BTreeMap<String, String>,
}

/// The content of a table.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// How SQL calls it.
    pub name: Name,
    /// In the order of its columns.
    pub columns: Vec<String>,
    /// The partitioned table that it is a part of.
    pub root: Option<String>,
    /// How many rows it has.
    pub rows: u64,
    /// Over all rows, whatever their order.
    pub digest: String,
    /// The rows as texts that [`cells`] takes apart; `None` where there are too many.
    pub kept: Option<Vec<String>>,
}

impl PartialEq for Table {
    fn eq(&self, other: &Table) -> bool {
        self.columns == other.columns && self.rows == other.rows && self.digest == other.digest
    }
}

impl Eq for Table {}

/// Which tables there were when a schema was read; for one database.
#[derive(Default)]
pub(crate) struct Cache {
    of: Option<(Rc<Schema>, Vec<postgres::Relation>)>,
    prepared: postgres::Prepared,
}

/// Which rows are kept besides the digest of their table.
#[derive(Clone, Copy)]
enum Keep<'a> {
    /// None, so that the same content has the same digest in every database of that engine.
    Nothing,
    /// Those of all tables but these.
    AllBut(&'a BTreeSet<String>),
}

impl Keep<'_> {
    fn rows_of(self, table: &str) -> bool {
        match self {
            Keep::Nothing => false,
            Keep::AllBut(large) => !large.contains(table),
        }
    }
}

/// Every table by its digest alone; `read` is told of each table and its rows.
pub(crate) fn digest(db: &mut Database, read: &mut dyn FnMut(&str, u64)) -> Result<Content> {
    match db {
        Database::Sqlite(db) => sqlite::read(db, Keep::Nothing, read),
        Database::Postgres(db) => postgres::digest(db, read),
    }
}

/// A hash of every row, in no order, by table.
pub(crate) fn row_hashes(db: &Sqlite) -> Result<BTreeMap<String, Vec<u64>>> {
    sqlite::row_hashes(db)
}

/// The rows of a table, and how many of them were written since a snapshot.
pub(crate) struct Written {
    pub table: String,
    pub rows: u64,
    pub written: u64,
}

/// The rows of every table, and how many of them were written since that snapshot (as `pg_current_snapshot()` says it).
pub(crate) fn rows_written_since(db: &mut Postgres, snapshot: Option<&str>) -> Result<Vec<Written>> {
    postgres::written_since(db, snapshot, &[])
}

/// The same, but what those transactions wrote does not count.
pub(crate) fn rows_written_by_others(db: &mut Postgres, since: &str, own: &[u32]) -> Result<Vec<Written>> {
    postgres::written_since(db, Some(since), own)
}

/// Sequences and counters alone.
pub(crate) fn counters(db: &mut Database) -> Result<BTreeMap<String, String>> {
    match db {
        Database::Sqlite(db) => sqlite::counters_of(db),
        Database::Postgres(db) => postgres::counters(db),
    }
}

/// Reads it. Of the tables in `large`, rows are not kept. `schema` is that of now.
pub(crate) fn read(
    db: &mut Database,
    schema: &Rc<Schema>,
    large: &BTreeSet<String>,
    cache: &mut Cache,
) -> Result<Content> {
    match db {
        Database::Sqlite(db) => sqlite::read(db, Keep::AllBut(large), &mut |_, _| {}),
        Database::Postgres(db) => {
            let relations = match cache.of.take() {
                Some((of, relations)) if Rc::ptr_eq(&of, schema) => relations,
                Some(_) | None => postgres::relations(db, &mut cache.prepared)?,
            };
            let content = postgres::read(db, &relations, large, &mut cache.prepared);
            cache.of = Some((Rc::clone(schema), relations));
            content
        }
    }
}

impl Content {
    /// How many rows there are to each table; a partitioned one has those of its parts.
    pub fn rows(&self) -> BTreeMap<String, u64> {
        let mut rows = BTreeMap::new();
        for (name, table) in &self.tables {
            *rows.entry(table.root.clone().unwrap_or_else(|| name.clone())).or_default() += table.rows;
        }
        rows
    }

    /// The tables whose rows are too many to be kept.
    pub fn large(&self) -> BTreeSet<String> {
        self.tables.iter().filter(|(_, t)| t.rows > KEPT_ROWS).map(|(name, _)| name.clone()).collect()
    }
}

/// The sum of the hashes of rows: their order does not count, their number does.
#[derive(Default)]
struct Sum {
    rows: u64,
    sum: u128,
    kept: Option<Vec<String>>,
}

impl Sum {
    fn new(keep: bool) -> Sum {
        Sum { kept: keep.then(Vec::new), ..Sum::default() }
    }

    fn add(&mut self, row: &[u8]) {
        let mut hasher = SipHasher13::new();
        hasher.write(row);
        self.rows += 1;
        self.sum = self.sum.wrapping_add(hasher.finish128().as_u128());
    }

    fn keep(&mut self, row: String) {
        if let Some(kept) = &mut self.kept {
            kept.push(row);
        }
    }

    fn digest(&self) -> String {
        format!("{:032x}", self.sum)
    }
}
