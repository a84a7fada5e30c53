//! SQLite: BEGIN IMMEDIATE, statements by the tail that prepare returns, foreign keys hoisted, an OS lock that only
//! names the holder.

mod batch;
mod bulk;
mod counts;
pub(crate) mod differing;
mod error;
mod keys;
mod lock;
mod losses;
mod pages;
mod settings;
pub(crate) mod uuid;
mod value;

use super::{Begin, Bound, Failed, counts_rows};
use crate::report::Change;
use crate::value::{Row, Value};
pub(crate) use error::error;
use error::{failed, in_statement, is_busy};
use keys::Unchecked;
use lock::FileLock;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::{Connection, Statement as Prepared};
use settings::{Settings, remember};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use switchback_plan::quote::ident;
use switchback_plan::{Error, ErrorKind, Result, Script, Statement, Step};

/// A connection and what must be put back behind a transaction.
pub(crate) struct Sqlite {
    conn: Connection,
    lock: Option<FileLock>,
    /// `None` for a database in memory.
    file: Option<PathBuf>,
    interrupt: Arc<AtomicBool>,
    /// While a transaction runs with foreign keys switched off.
    unchecked: Option<Unchecked>,
    /// Rows were found that broke foreign keys before such a transaction: from then on each one looks for them first.
    broken: bool,
    /// That was found just now, and the transaction rolled back for it.
    again: bool,
    /// The settings of the connection before a migration touched one.
    settings: Option<Settings>,
    /// While batches run: the size of the page cache before.
    cache: Option<i64>,
    /// What the transaction that runs takes away.
    watch: losses::Watch,
}

/// The path without links, also of what is not there yet.
pub(crate) fn real_path(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for there in whole.ancestors() {
        if let (Ok(real), Ok(rest)) = (there.canonicalize(), whole.strip_prefix(there)) {
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
    }
    whole
}

impl Sqlite {
    /// Wraps an open connection; `file` is its path, `None` for a database in memory.
    pub fn new(mut conn: Connection, file: Option<PathBuf>, interrupt: Arc<AtomicBool>) -> Result<Sqlite> {
        let flag = Arc::clone(&interrupt);
        // Called about every hundredth of a second; true rolls the statement back with SQLITE_INTERRUPT.
        conn.progress_handler(20_000, Some(move || flag.load(Ordering::Relaxed))).map_err(|e| error(&e))?;
        uuid::register(&conn).map_err(|e| error(&e))?;
        conn.set_prepared_statement_cache_capacity(64);
        conn.pragma_update(None, "foreign_keys", true).map_err(|e| error(&e))?;
        Ok(Sqlite {
            conn,
            lock: file.clone().map(FileLock::beside),
            file,
            interrupt,
            unchecked: None,
            broken: false,
            again: false,
            settings: None,
            cache: None,
            watch: losses::Watch::default(),
        })
    }

    /// Another number once another connection has committed.
    pub fn data_version(&self) -> Result<i64> {
        self.conn.pragma_query_value(None, "data_version", |row| row.get(0)).map_err(|e| error(&e))
    }

    /// The connection, for what only reads, or is the caller's alone.
    pub fn connection(&self) -> &Connection {
        &self.conn
    }

    /// The file, by its real path.
    pub fn identity(&mut self) -> Result<BTreeMap<String, String>> {
        let file = self.file.as_ref().map(|file| real_path(file).display().to_string());
        Ok(BTreeMap::from([("file".to_owned(), file.unwrap_or_else(|| "in memory".to_owned()))]))
    }

    /// A temporary table of the same name would hide it.
    pub fn own_table(&self, name: &str) -> String {
        format!("main.{}", ident(name))
    }

    pub fn ensure_schema(&mut self) -> Result<()> {
        Ok(())
    }

    pub fn existing(&mut self, names: &[&str]) -> Result<Vec<bool>> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1")
            .map_err(|e| error(&e))?;
        names.iter().map(|name| statement.exists([name]).map_err(|e| error(&e))).collect()
    }

    pub fn begin(&mut self, how: &Begin, first: &[Bound]) -> Result<Vec<u64>> {
        self.again = false;
        self.watch.again = false;
        self.reset();
        // Each time, for a step outside a transaction may have switched them.
        self.conn.pragma_update(None, "foreign_keys", !how.foreign_keys_off).map_err(|e| error(&e))?;
        self.size_cache(how.batch).map_err(|e| error(&e))?;
        self.unchecked = how.foreign_keys_off.then(Unchecked::default);
        let begun = self.begin_immediate(how.busy_timeout).and_then(|()| {
            if self.broken
                && let Some(unchecked) = &mut self.unchecked
            {
                unchecked.look_before(&self.conn)?;
            }
            first.iter().map(|b| self.execute(&b.sql, &b.parameters)).collect()
        });
        if begun.is_err() {
            self.rollback();
        }
        begun
    }

    /// Waits in short pieces, so that an interrupt is heard.
    fn begin_immediate(&self, wait: Duration) -> Result<()> {
        let start = Instant::now();
        self.conn.busy_timeout(Duration::from_millis(100)).map_err(|e| error(&e))?;
        let begun = loop {
            match self.conn.execute_batch("BEGIN IMMEDIATE") {
                Err(e)
                    if is_busy(&e) && start.elapsed() < wait && !self.interrupt.load(Ordering::Relaxed) => {}
                Err(e) if is_busy(&e) => {
                    break Err(Error::new(
                        ErrorKind::Locked,
                        format!(
                            "the database stayed locked by another writer for {:.1} s",
                            start.elapsed().as_secs_f64()
                        ),
                    )
                    .code("SQLITE_BUSY")
                    .hint("end the program that writes to it, or wait longer with --lock-wait"));
                }
                other => break other.map_err(|e| error(&e)),
            }
        };
        self.conn.busy_timeout(wait).map_err(|e| error(&e))?;
        begun
    }

    pub fn commit(&mut self, records: &[Bound]) -> Result<()> {
        let done = self
            .write(records)
            .and_then(|()| self.refuse_new_violations())
            .and_then(|()| {
                if self.conn.is_autocommit() {
                    return Err(Error::new(
                        ErrorKind::Statement,
                        "the migration ended its transaction itself, so it could not be recorded together with its work",
                    )
                    .hint("take COMMIT and ROLLBACK out of the file; `status` shows what is recorded"));
                }
                self.conn.execute_batch("COMMIT").map_err(|e| error(&e))
            });
        match done {
            Ok(()) => {
                self.reset_watch(true);
                self.restore();
                Ok(())
            }
            Err(e) => {
                self.rollback();
                Err(e)
            }
        }
    }

    fn write(&mut self, records: &[Bound]) -> Result<()> {
        records.iter().try_for_each(|b| {
            if b.parameters.is_empty() {
                // Refinery's INSERT holds its values: such a text never comes again, and would only push others out of
                // the cache of prepared ones.
                return self.conn.execute(&b.sql, []).map(drop).map_err(|e| in_statement(&e, &b.sql));
            }
            self.execute(&b.sql, &b.parameters).map(drop)
        })
    }

    /// Where nobody knows what was broken before, the transaction is rolled back to look: see [`Sqlite::tries_again`].
    fn refuse_new_violations(&mut self) -> Result<()> {
        let Some(unchecked) = &self.unchecked else { return Ok(()) };
        let Some(refused) = unchecked.refusal(&self.conn)? else { return Ok(()) };
        if !unchecked.has_looked() {
            self.rollback();
            self.broken = keys::are_broken(&self.conn)?;
            self.again = self.broken;
        }
        Err(refused)
    }

    /// Whether the transaction was rolled back only to learn which rows broke foreign keys before it.
    pub fn tries_again(&self) -> bool {
        self.again || self.watch.again
    }

    pub fn rollback(&mut self) {
        self.reset_watch(false);
        if !self.conn.is_autocommit() {
            // The progress handler would interrupt the ROLLBACK as well; it does not run for it (no VM steps), so this cannot fail
            // other than by a broken file, which the next statement will report.
            if let Err(e) = self.conn.execute_batch("ROLLBACK") {
                tracing::debug!("rollback: {e}");
            }
        }
        self.restore();
    }

    pub fn run_step(&mut self, script: &Script, step: &Step) -> std::result::Result<Vec<Change>, Failed> {
        let text = &script.text[step.span.clone()];
        step.statements.iter().for_each(|s| remember(&self.conn, &mut self.settings, &s.what));
        let mut changes = Vec::with_capacity(step.statements.len());
        let mut batch = rusqlite::Batch::new(&self.conn, text);
        // SQLite says where a statement ends; what we read tells only what it is called, and where it stands.
        let mut read = step.statements.iter();
        loop {
            let statement = read.next();
            let start = statement.map_or(text.len(), |s| s.span.start - step.span.start);
            let located = |e: rusqlite::Error| failed(&e, step.span.start, text, start);
            if let Some(s) = statement.filter(|_| self.watch.is_active()) {
                let (sql, offset) = (&script.text[s.span.clone()], Some(s.span.start));
                let counted = self.watch.before_statement(&self.conn, sql, offset);
                counted.map_err(|error| Failed { error, offset })?;
            }
            let Some(mut prepared) = batch.next().map_err(located)? else { return Ok(changes) };
            let written = write_all(&self.conn, &mut prepared).map_err(located)?;
            if self.watch.is_active() {
                self.watch.drain(statement.map(|s| s.span.start));
            }
            let what = statement.map_or("", |s| &s.what);
            if !what.starts_with("pragma foreign_keys") {
                let rows = counts_rows(what).then_some(written);
                changes.push(Change { what: what.to_owned(), rows });
            }
        }
    }

    pub fn run_alone(
        &mut self,
        script: &Script,
        statement: &Statement,
        _how: &Begin,
    ) -> std::result::Result<Change, Failed> {
        let text = &script.text[statement.span.clone()];
        remember(&self.conn, &mut self.settings, &statement.what);
        let run = self.conn.prepare(text).and_then(|mut p| write_all(&self.conn, &mut p));
        match run {
            Ok(written) => Ok(Change {
                what: statement.what.clone(),
                rows: counts_rows(&statement.what).then_some(written),
            }),
            Err(e) => {
                let failure = failed(&e, statement.span.start, text, 0);
                // A BEGIN of its own must not leak into what comes next.
                self.rollback();
                Err(failure)
            }
        }
    }

    pub fn leaves_open(&self, _text: &str, _open: bool) -> bool {
        !self.conn.is_autocommit()
    }

    pub fn clean(&mut self, _how: &Begin, records: &[Bound]) -> Result<()> {
        self.reset();
        self.write(records)
    }

    pub fn execute(&mut self, sql: &str, parameters: &[Value]) -> Result<u64> {
        self.note(sql)?;
        let mut prepared = self.conn.prepare_cached(sql).map_err(|e| in_statement(&e, sql))?;
        value::bind(&mut prepared, parameters, sql)?;
        write_all(&self.conn, &mut prepared).map_err(|e| in_statement(&e, sql))
    }

    pub fn count_rows(&mut self, sql: &str) -> Result<u64> {
        let mut prepared = self.conn.prepare_cached(sql).map_err(|e| in_statement(&e, sql))?;
        value::bind(&mut prepared, &[], sql)?;
        drain(&mut prepared).map_err(|e| in_statement(&e, sql))
    }

    pub fn query_each(
        &mut self,
        sql: &str,
        parameters: &[Value],
        each: &mut dyn FnMut(Row) -> Result<()>,
    ) -> Result<()> {
        self.note(sql)?;
        let mut prepared = self.conn.prepare_cached(sql).map_err(|e| in_statement(&e, sql))?;
        value::bind(&mut prepared, parameters, sql)?;
        let mut rows = prepared.raw_query();
        let mut columns: Option<Rc<[String]>> = None;
        while let Some(row) = rows.next().map_err(|e| in_statement(&e, sql))? {
            // Known only now: where the schema has changed, the first step prepares a cached statement again.
            let columns =
                columns.get_or_insert_with(|| row.as_ref().column_names().map(str::to_owned).collect());
            let mut values = Vec::with_capacity(columns.len());
            for i in 0..columns.len() {
                values.push(value::read(row.get_ref(i).map_err(|e| in_statement(&e, sql))?)?);
            }
            each(Row { columns: Rc::clone(columns), values })?;
        }
        Ok(())
    }

    pub fn query_own(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        self.query_each(sql, parameters, &mut |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    pub fn try_lock(&mut self) -> Result<bool> {
        let locked = self.lock.as_mut().is_none_or(FileLock::try_lock);
        if locked {
            self.keep_journal();
        }
        Ok(locked)
    }

    pub fn lock_holder(&mut self) -> Option<String> {
        self.lock.as_ref().and_then(FileLock::holder)
    }

    pub fn unlock(&mut self) {
        self.drop_journal();
        if let Some(lock) = &mut self.lock {
            lock.unlock();
        }
    }

    pub fn clear_leftovers(&mut self, _script: &Script, _step: &Step) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

/// Runs a statement to its end; how many rows it returned.
fn drain(prepared: &mut Prepared<'_>) -> rusqlite::Result<u64> {
    let mut rows = prepared.raw_query();
    let mut returned = 0;
    while rows.next()?.is_some() {
        returned += 1;
    }
    Ok(returned)
}

/// Runs a statement to its end; how many rows it wrote.
fn write_all(conn: &Connection, prepared: &mut Prepared<'_>) -> rusqlite::Result<u64> {
    let before = conn.total_changes();
    drain(prepared)?;
    // `changes` keeps the count of the last statement that wrote; `total_changes` tells whether this one did.
    Ok(if conn.total_changes() == before { 0 } else { conn.changes() })
}
