//! What a transaction takes away: deletes by the server's own counters, the rest by the identity of tables and columns.

mod balance;

use super::Postgres;
use crate::report::Change;
use crate::store::OWN_TABLES;
use postgres::SimpleQueryMessage;
use std::collections::{BTreeMap, BTreeSet};
use switchback_plan::losing::{self, Losing, Named};
use switchback_plan::quote::ident;
use switchback_plan::{Dialect, Result, Script, Statement};

/// Deletes of the transaction so far, in one number: what goes with statements that can delete by a trigger alone.
const TAIL: &str = "; SELECT coalesce(sum(pg_catalog.pg_stat_get_xact_tuples_deleted(oid)), 0) FROM pg_catalog.pg_class WHERE relkind = 'r' AND oid >= 16384";

/// Every table of the user's, and what the server has counted of it in this transaction.
const TABLES: &str = "SELECT c.oid, n.nspname, c.relname, c.relkind, c.relfilenode,
    coalesce(pg_catalog.pg_partition_root(c.oid)::pg_catalog.oid, c.oid),
    pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid), pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384 AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'";

const COLUMNS: &str = "SELECT a.attrelid, a.attnum, a.attname
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND c.relkind IN ('r', 'p') AND c.oid >= 16384 AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'";

const SETTINGS: &str =
    "SELECT pg_catalog.current_setting('track_counts'), coalesce(pg_catalog.current_schema(), '')";

#[derive(Debug, Clone)]
struct Table {
    schema: String,
    name: String,
    partitioned: bool,
    file: String,
    /// The partitioned table that it is a part of, or itself.
    root: u32,
    deleted: u64,
    inserted: u64,
}

impl Table {
    fn key(&self) -> String {
        format!("{}.{}", ident(&self.schema), ident(&self.name))
    }
}

/// A table, or a column of it by its number.
type Key = (u32, Option<i64>);
type Tables = BTreeMap<u32, Table>;
/// By table and number.
type Columns = BTreeMap<(u32, i64), String>;

/// Something that was seen to go, by a statement at that byte.
#[derive(Debug, Clone, Copy)]
enum Seen {
    Dropped(u32),
    Emptied(u32),
    Deleted(u32, u64),
}

/// What is known of the transaction that runs, and of the migration before it.
#[derive(Default)]
pub(super) struct Watch {
    losing: Option<Losing>,
    /// A statement that can delete by a trigger alone has done so: from now on it is looked at closely.
    closely: bool,
    /// The tables that were there before the migration; those that it makes itself are no loss.
    known: Option<BTreeSet<u32>>,
    /// The same behind the next commit.
    next: Option<BTreeSet<u32>>,
    before: Tables,
    columns: Columns,
    now: Tables,
    seen: Vec<(Seen, Option<usize>)>,
    inserted: u64,
    /// Rows that were counted, by table and column; until the commit, for what is rolled back makes its tables under other
    /// numbers when it is done again.
    counts: BTreeMap<(String, Option<String>), u64>,
    /// The tables that the transaction found, once it was rolled back to count: the others are its own.
    found: Option<BTreeSet<String>>,
    /// What the server has counted in this transaction; `light` is what the tail of the last statement said.
    base: u64,
    light: Option<u64>,
    home: String,
    /// The server counts (`track_counts`).
    counting: bool,
    again: bool,
}

impl Watch {
    /// The same by name.
    fn key(&self, (oid, column): Key) -> Option<(String, Option<String>)> {
        let table = self.before.get(&oid).or_else(|| self.now.get(&oid))?.key();
        match column {
            Some(number) => Some((table, Some(self.columns.get(&(oid, number))?.clone()))),
            None => Some((table, None)),
        }
    }

    fn counted(&self, key: Key) -> u64 {
        self.key(key).and_then(|key| self.counts.get(&key).copied()).unwrap_or_default()
    }
}

impl Postgres {
    pub fn forget_losses(&mut self) {
        let was = std::mem::take(&mut self.watch);
        self.watch = Watch {
            base: was.base,
            light: was.light,
            counts: was.counts,
            found: was.found,
            ..Watch::default()
        };
    }

    /// A transaction begins, or ends.
    pub(super) fn reset_watch(&mut self, committed: bool) {
        let watch = &mut self.watch;
        if let Some(next) = watch.next.take().filter(|_| committed) {
            watch.known = Some(next);
        }
        if committed {
            watch.counts.clear();
            watch.found = None;
        }
        watch.losing = None;
        watch.base = 0;
        watch.light = None;
    }

    /// Whether the server counts what is deleted.
    pub fn counts_deletes(&self) -> bool {
        self.watch.losing != Some(Losing::Directly) || self.watch.counting
    }

    pub fn tries_again(&self) -> bool {
        self.watch.again
    }

    pub(super) fn begin_again(&mut self) {
        self.watch.again = false;
    }

    pub fn watch(&mut self, losing: Losing) -> Result<()> {
        let losing = if self.watch.closely { losing.max(Losing::Directly) } else { losing };
        self.watch.losing = Some(losing);
        if losing != Losing::Directly {
            return Ok(());
        }
        let answers = self.query_texts(&format!("{TABLES}; {COLUMNS}; {SETTINGS}"))?;
        let tables = self.tables_of(answers.first());
        let columns = columns_of(answers.get(1));
        let watch = &mut self.watch;
        if let Some(row) = answers.get(2).and_then(|rows| rows.first()) {
            watch.counting = row.get(0) == Some("on");
            row.get(1).unwrap_or_default().clone_into(&mut watch.home);
        }
        let known = watch.known.get_or_insert_with(|| tables.keys().copied().collect());
        watch.before =
            tables.iter().filter(|(o, _)| known.contains(o)).map(|(o, t)| (*o, t.clone())).collect();
        watch.columns = columns;
        watch.now = tables;
        watch.seen.clear();
        watch.inserted = 0;
        Ok(())
    }

    fn tables_of(&self, rows: Option<&Vec<postgres::SimpleQueryRow>>) -> Tables {
        let number = |row: &postgres::SimpleQueryRow, i| row.get(i).and_then(|t| t.parse().ok());
        let mut tables = Tables::new();
        for row in rows.into_iter().flatten() {
            let text = |i| row.get(i).unwrap_or_default().to_owned();
            let (schema, name) = (text(1), text(2));
            if schema == self.own_schema() && OWN_TABLES.contains(&name.as_str()) {
                continue;
            }
            let oid = number(row, 0).and_then(|n: u64| u32::try_from(n).ok()).unwrap_or_default();
            tables.insert(
                oid,
                Table {
                    schema,
                    name,
                    partitioned: row.get(3) == Some("p"),
                    file: text(4),
                    root: number(row, 5).and_then(|n: u64| u32::try_from(n).ok()).unwrap_or(oid),
                    deleted: number(row, 6).unwrap_or_default(),
                    inserted: number(row, 7).unwrap_or_default(),
                },
            );
        }
        tables
    }

    fn read_tables(&mut self) -> Result<Tables> {
        let answers = self.query_texts(TABLES)?;
        Ok(self.tables_of(answers.first()))
    }

    /// Runs a statement of a step that is looked at; `last` says that none behind it writes.
    pub(super) fn run_watched(
        &mut self,
        script: &Script,
        statement: &Statement,
        last: bool,
    ) -> std::result::Result<Change, super::Failed> {
        let text = &script.text[statement.span.clone()];
        let kind = losing::of_statement(Dialect::Postgres, &script.text, statement);
        match self.watch.losing {
            Some(Losing::Indirectly) if last && kind == Losing::Indirectly => {
                self.run_one(script, statement, TAIL)
            }
            Some(Losing::Directly) if kind != Losing::Never => {
                let offset = Some(statement.span.start);
                let failed = |error| super::Failed { error, offset };
                self.count_named(&losing::named(Dialect::Postgres, text)).map_err(failed)?;
                let change = self.run_one(script, statement, "")?;
                self.look(statement.what.split(' ').next().unwrap_or_default(), offset).map_err(failed)?;
                Ok(change)
            }
            _ => self.run_one(script, statement, ""),
        }
    }

    /// Takes the tail's answer out of what came.
    pub(super) fn take_tail(&mut self, messages: &[SimpleQueryMessage]) {
        let rows = messages.iter().filter_map(|m| match m {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        self.watch.light = rows.last().and_then(|text| text.parse().ok());
    }

    /// What has gone since the last look.
    fn look(&mut self, verb: &str, offset: Option<usize>) -> Result<()> {
        let now = self.read_tables()?;
        let watch = &mut self.watch;
        let was = std::mem::replace(&mut watch.now, now);
        let mut moved: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for (oid, table) in &was {
            let Some(is) = watch.now.get(oid) else {
                if watch.before.contains_key(oid) {
                    watch.seen.push((Seen::Dropped(*oid), offset));
                }
                continue;
            };
            // ALTER TABLE writes a table anew without taking a row out of it.
            let rewrites = matches!(verb, "alter" | "add" | "drop" | "rename" | "cluster" | "vacuum");
            if is.file != table.file && !rewrites && watch.before.contains_key(oid) {
                watch.seen.push((Seen::Emptied(*oid), offset));
            }
            let since = |is: u64, was: u64| if is < was { is } else { is - was };
            let (deleted, inserted) = (since(is.deleted, table.deleted), since(is.inserted, table.inserted));
            watch.inserted += inserted;
            let sums = moved.entry(table.root).or_default();
            sums.1 += inserted;
            if watch.before.contains_key(oid) {
                sums.0 += deleted;
            }
        }
        let new = watch.now.iter().filter(|(oid, _)| !was.contains_key(oid));
        watch.inserted += new.map(|(_, t)| t.inserted).sum::<u64>();
        for (root, (deleted, inserted)) in moved {
            // An UPDATE of its key takes a row out of one partition and puts it into another.
            let deleted = if verb == "update" { deleted.saturating_sub(inserted) } else { deleted };
            if deleted > 0 {
                watch.seen.push((Seen::Deleted(root, deleted), offset));
            }
        }
        watch.base = watch.now.values().map(|t| t.deleted).sum();
        Ok(())
    }

    /// Rows of what a statement is about to take away, while it is there.
    fn count_named(&mut self, named: &[Named]) -> Result<()> {
        if named.is_empty() {
            return Ok(());
        }
        self.watch.now = {
            // It may bear another name by now.
            let now = self.read_tables()?;
            let mut merged = now;
            for (oid, was) in &self.watch.now {
                if let Some(is) = merged.get_mut(oid) {
                    (is.deleted, is.inserted, is.file) = (was.deleted, was.inserted, was.file.clone());
                }
            }
            merged
        };
        let mut wanted = Vec::new();
        for n in named {
            let name = n.table.last().map(String::as_str).unwrap_or_default();
            let schema = n.table.len().checked_sub(2).and_then(|i| n.table.get(i));
            for (oid, t) in &self.watch.now {
                let is = t.name == name
                    && schema.is_none_or(|s| *s == t.schema)
                    && self.watch.before.contains_key(oid);
                if !is {
                    continue;
                }
                match &n.column {
                    Some(column) => {
                        let of = self.watch.columns.iter().filter(|((o, _), c)| o == oid && *c == column);
                        wanted.extend(of.map(|((_, number), _)| (*oid, Some(*number))));
                    }
                    None => wanted.push((*oid, None)),
                }
            }
        }
        for key in wanted {
            let rows = self.count(key)?;
            if let Some(key) = self.watch.key(key) {
                self.watch.counts.insert(key, rows);
            }
        }
        Ok(())
    }

    /// Rows of a table, or values of a column.
    fn count(&mut self, (oid, column): Key) -> Result<u64> {
        let Some(table) = self.watch.now.get(&oid).or_else(|| self.watch.before.get(&oid)) else {
            return Ok(0);
        };
        let what = match column {
            Some(number) => match self.watch.columns.get(&(oid, number)) {
                Some(name) => ident(name),
                None => return Ok(0),
            },
            None => "*".to_owned(),
        };
        // Partitions are tables of their own; a column is counted over all of them.
        let only = if column.is_none() { "ONLY " } else { "" };
        let sql = format!("SELECT count({what}) FROM {only}{}.{}", ident(&table.schema), ident(&table.name));
        let answers = self.query_texts(&sql)?;
        let text = answers.first().and_then(|rows| rows.first()).and_then(|row| row.get(0));
        Ok(text.and_then(|t| t.parse().ok()).unwrap_or_default())
    }

    /// Rows of a table by its name as a script wrote it; none where it is not there.
    pub fn rows_of(&mut self, name: &[String]) -> Result<u64> {
        let quoted = name.iter().map(|part| ident(part)).collect::<Vec<_>>().join(".");
        let there = self.query_own("SELECT to_regclass($1) IS NOT NULL", &[quoted.as_str().into()])?;
        if there.first().map(|row| row.at::<bool>(0)).transpose()? != Some(true) {
            return Ok(0);
        }
        let rows = self.query_own(&format!("SELECT count(*) FROM {quoted}"), &[])?;
        let count: i64 = rows.first().map(|row| row.at(0)).transpose()?.unwrap_or_default();
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

fn columns_of(rows: Option<&Vec<postgres::SimpleQueryRow>>) -> Columns {
    rows.into_iter()
        .flatten()
        .filter_map(|row| {
            let key = (row.get(0)?.parse().ok()?, row.get(1)?.parse().ok()?);
            Some((key, row.get(2)?.to_owned()))
        })
        .collect()
}
