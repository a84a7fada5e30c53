//! PostgreSQL: records in the same message as the commit, an advisory lock polled outside transactions.

mod batch;
mod bulk;
mod counts;
mod error;
mod inline;
mod keys;
mod lock;
mod losses;
mod transaction;
mod value;
mod watcher;

use super::{Begin, Failed, counts_rows};
use crate::connect::Canceller;
use crate::report::Change;
use crate::value::{Row, Value};
pub(crate) use error::error;
use error::{if_interrupted, in_statement, position};
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{ToSql, Type};
use postgres::{Client, RowIter, SimpleQueryMessage, SimpleQueryRow};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use switchback_plan::quote::ident;
use switchback_plan::{Dialect, Error, ErrorKind, Result, Script, Statement, Step, lex};
use watcher::{Interrupt, Watcher};

/// A connection, and the schema that holds our tables.
pub(crate) struct Postgres {
    client: Client,
    /// Turns an interrupt into a cancel request; ends with the connection.
    _watcher: Option<Watcher>,
    schema: String,
    lock_key: i64,
    locked: bool,
    /// BEGIN, kept back until the first statement, which it precedes in one message: by itself it would be a third of a
    /// small migration's round trips.
    opening: Option<String>,
    /// The settings are those that the connection began with.
    clean: bool,
    /// How long a statement of the transaction may wait for a lock.
    lock_timeout: Duration,
    /// For keys that are floating-point numbers: as text they are to be the same number.
    exact_floats: bool,
    interrupt: Interrupt,
    /// `server_version_num`, once somebody asked.
    version: Option<u32>,
    /// No other connection of this process has the same.
    number: u64,
    /// What the transaction that runs takes away.
    watch: losses::Watch,
    /// The transactions that committed here, as rows name them, where somebody wants to know.
    own: Option<Vec<u32>>,
}

static CONNECTIONS: AtomicU64 = AtomicU64::new(0);

impl Postgres {
    /// Wraps an open connection. `schema` is where the history lives; the connection's current one by default.
    pub fn new(
        mut client: Client,
        canceller: Canceller,
        schema: Option<&str>,
        interrupt: Arc<AtomicBool>,
    ) -> Result<Postgres> {
        let schema = match schema {
            Some(schema) => schema.to_owned(),
            None => {
                let row = client.query_one("SELECT current_schema()::text", &[]).map_err(|e| error(&e))?;
                row.get::<_, Option<String>>(0).ok_or_else(|| {
                    Error::new(
                        ErrorKind::Config,
                        "the connection has no current schema to keep the history in",
                    )
                    .hint("name one with --schema, or set search_path for this user")
                })?
            }
        };
        // The lock is per database already; the schema keeps two histories in one database apart.
        let digest = Sha256::digest(format!("switchback {schema}"));
        let mut key = [0; 8];
        key.copy_from_slice(&digest[..8]);
        let interrupt = Interrupt { wanted: interrupt, heard: Arc::default() };
        let watcher = Watcher::start(canceller, interrupt.clone());
        let lock_key = i64::from_be_bytes(key);
        Ok(Postgres {
            client,
            _watcher: watcher,
            schema,
            lock_key,
            locked: false,
            opening: None,
            clean: false,
            lock_timeout: Duration::ZERO,
            exact_floats: false,
            interrupt,
            version: None,
            number: CONNECTIONS.fetch_add(1, Ordering::Relaxed),
            watch: losses::Watch::default(),
            own: None,
        })
    }

    pub fn major(&mut self) -> Result<String> {
        let rows = self.query_own("SELECT current_setting('server_version_num')::bigint / 10000", &[])?;
        Ok(rows.first().map(|r| r.at::<i64>(0)).transpose()?.unwrap_or_default().to_string())
    }

    /// The cluster, the database in it, and the schema of the history.
    pub fn identity(&mut self) -> Result<BTreeMap<String, String>> {
        // Where a provider keeps the cluster's number to itself, the rest has to do.
        let rows = self.query_own(
            "SELECT current_database()::text,
                    (SELECT oid::bigint FROM pg_catalog.pg_database WHERE datname = current_database()),
                    has_function_privilege('pg_catalog.pg_control_system()', 'execute')",
            &[],
        )?;
        let mut identity = BTreeMap::from([("schema".to_owned(), self.schema.clone())]);
        let Some(row) = rows.first() else { return Ok(identity) };
        identity.insert("database".to_owned(), row.at(0)?);
        identity.insert("oid".to_owned(), row.at::<i64>(1)?.to_string());
        if row.at(2)? {
            let sql = "SELECT system_identifier::text FROM pg_catalog.pg_control_system()";
            if let Some(row) = self.query_own(sql, &[])?.first() {
                identity.insert("system_identifier".to_owned(), row.at(0)?);
            }
        }
        Ok(identity)
    }

    pub fn own_table(&self, name: &str) -> String {
        format!("{}.{}", ident(&self.schema), ident(name))
    }

    pub fn ensure_schema(&mut self) -> Result<()> {
        let there =
            self.query_own("SELECT to_regnamespace($1) IS NOT NULL", &[ident(&self.schema).into()])?;
        if there.first().map(|r| r.at::<bool>(0)).transpose()? == Some(true) {
            return Ok(());
        }
        let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", ident(&self.schema));
        self.message(&sql).map(|_| ())
    }

    pub fn existing(&mut self, names: &[&str]) -> Result<Vec<bool>> {
        let list: Vec<String> = (1..=names.len()).map(|i| format!("to_regclass(${i}) IS NOT NULL")).collect();
        let parameters: Vec<Value> = names.iter().map(|n| self.own_table(n).into()).collect();
        let rows = self.query_own(&format!("SELECT {}", list.join(", ")), &parameters)?;
        let row = rows.first().ok_or_else(|| Error::new(ErrorKind::Database, "the server gave no answer"))?;
        (0..names.len()).map(|i| row.at(i)).collect()
    }

    /// Runs a text of one or more statements, for what is no migration's.
    pub fn script(&mut self, sql: &str) -> Result<()> {
        self.message(sql).map(drop)
    }

    /// Sends a text of one or more statements and returns the rows each of them wrote.
    fn message(&mut self, sql: &str) -> Result<Vec<u64>> {
        self.raw_message(sql).map_err(|e| self.interrupted(error(&e)))
    }

    fn raw_message(&mut self, sql: &str) -> std::result::Result<Vec<u64>, postgres::Error> {
        self.sent(sql).map(|messages| completed(&messages))
    }

    fn sent(&mut self, sql: &str) -> std::result::Result<Vec<SimpleQueryMessage>, postgres::Error> {
        let text = self.opening.take().unwrap_or_default() + sql;
        self.client.simple_query(&text)
    }

    /// The client, for what is not sent as a message of ours; BEGIN goes before it.
    fn client(&mut self) -> std::result::Result<&mut Client, postgres::Error> {
        if self.opening.is_some() {
            self.raw_message("")?;
        }
        Ok(&mut self.client)
    }

    fn interrupted(&self, e: Error) -> Error {
        if_interrupted(e, &self.interrupt)
    }

    pub fn run_step(&mut self, script: &Script, step: &Step) -> std::result::Result<Vec<Change>, Failed> {
        // One by one, so that an error without a position still has a line.
        let writes = |s: &Statement| ["insert", "update", "copy"].iter().any(|verb| s.what.starts_with(verb));
        let last = step.statements.iter().rposition(writes);
        step.statements
            .iter()
            .enumerate()
            .map(|(i, statement)| self.run_watched(script, statement, Some(i) == last))
            .collect()
    }

    /// Runs a statement; `tail` goes with it in one message, a query whose answer is kept.
    fn run_one(
        &mut self,
        script: &Script,
        statement: &Statement,
        tail: &str,
    ) -> std::result::Result<Change, Failed> {
        let text = &script.text[statement.span.clone()];
        let before = self.opening.as_ref().map_or(0, String::len);
        let whole;
        let sent = if tail.is_empty() {
            text
        } else {
            whole = format!("{text}{tail}");
            &whole
        };
        match self.sent(sent) {
            Ok(messages) => {
                let mut counts = completed(&messages);
                if !tail.is_empty() {
                    counts.pop();
                    self.take_tail(&messages);
                }
                Ok(Change {
                    what: statement.what.clone(),
                    rows: counts_rows(&statement.what).then(|| counts.iter().sum()),
                })
            }
            Err(e) => {
                let within = position(&e).map_or(0, |p| {
                    text.char_indices().nth(p.saturating_sub(before + 1)).map_or(text.len(), |(i, _)| i)
                });
                Err(Failed {
                    error: self.interrupted(error(&e)),
                    offset: Some(statement.span.start + within),
                })
            }
        }
    }

    pub fn run_alone(
        &mut self,
        script: &Script,
        statement: &Statement,
        how: &Begin,
    ) -> std::result::Result<Change, Failed> {
        self.clean = false;
        let set = format!("SET lock_timeout = {}", how.lock_timeout.as_millis());
        self.message(&set).map_err(|error| Failed { error, offset: None })?;
        let done = self.run_one(script, statement, "");
        if done.is_err() {
            // A BEGIN of its own must not leak into what comes next.
            self.rollback();
        }
        done
    }

    /// The driver does not tell, so the words of the statement do.
    pub fn leaves_open(&self, text: &str, open: bool) -> bool {
        let words: Vec<String> = names_in(text).filter(|w| w.starts_with(char::is_alphabetic)).collect();
        let is = |at: usize, word: &str| words.get(at).is_some_and(|w| w == word);
        let has = |word: &str| words.iter().any(|w| w == word);
        match words.first().map(String::as_str) {
            Some("begin") => true,
            Some("start") if is(1, "transaction") => true,
            Some("rollback") if has("to") => open,
            Some("commit" | "end" | "abort" | "rollback") => has("chain") && !has("no"),
            Some("prepare") if is(1, "transaction") => false,
            Some(_) | None => open,
        }
    }

    pub fn execute(&mut self, sql: &str, parameters: &[Value]) -> Result<u64> {
        let interrupt = self.interrupt.clone();
        let bound: Vec<value::Bind<'_>> = parameters.iter().map(value::Bind).collect();
        let bound: Vec<(&(dyn ToSql + Sync), Type)> = bound.iter().map(|b| (b as _, Type::UNKNOWN)).collect();
        self.client()
            .and_then(|client| client.execute_typed(sql, &bound))
            .map_err(|e| in_statement(&e, sql, &interrupt))
    }

    pub fn count_rows(&mut self, sql: &str) -> Result<u64> {
        // The server counts them, and says so at the end.
        self.execute(sql, &[])
    }

    pub fn query_each(
        &mut self,
        sql: &str,
        parameters: &[Value],
        each: &mut dyn FnMut(Row) -> Result<()>,
    ) -> Result<()> {
        let interrupt = self.interrupt.clone();
        // Prepared: the driver asks the server about types that it does not know, and must have asked before rows arrive.
        let sent = self.client().and_then(|c| c.query_raw(sql, parameters.iter().map(value::Bind)));
        read_rows(sent, &|e| in_statement(e, sql, &interrupt), each)
    }

    /// A query of our own, whose columns are of built-in types alone: one round trip.
    pub fn query_own(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>> {
        let interrupt = self.interrupt.clone();
        // Of no stated type, so that the server finds the types as it does for literals.
        let bound = parameters.iter().map(|value| (value::Bind(value), Type::UNKNOWN));
        let sent = self.client().and_then(|client| client.query_typed_raw(sql, bound));
        let mut rows = Vec::new();
        read_rows(sent, &|e| in_statement(e, sql, &interrupt), &mut |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Queries of our own, sent as one message: the rows of each, as text.
    pub fn query_texts(&mut self, sql: &str) -> Result<Vec<Vec<SimpleQueryRow>>> {
        let text = self.opening.take().unwrap_or_default() + sql;
        let messages = self.client.simple_query(&text).map_err(|e| self.interrupted(error(&e)))?;
        let mut results: Vec<Vec<SimpleQueryRow>> = Vec::new();
        for message in messages {
            match message {
                SimpleQueryMessage::RowDescription(_) => results.push(Vec::new()),
                SimpleQueryMessage::Row(row) => {
                    if let Some(rows) = results.last_mut() {
                        rows.push(row);
                    }
                }
                _ => {}
            }
        }
        Ok(results)
    }

    /// The server's version as it counts: 150004.
    pub fn version(&mut self) -> Result<u32> {
        if let Some(version) = self.version {
            return Ok(version);
        }
        let rows = self.query_own("SELECT current_setting('server_version_num')::int", &[])?;
        let version: i64 = rows.first().map(|r| r.at(0)).transpose()?.unwrap_or_default();
        let version = u32::try_from(version).unwrap_or_default();
        self.version = Some(version);
        Ok(version)
    }

    /// Which connection of this process it is.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The schema that holds our tables.
    pub fn own_schema(&self) -> &str {
        &self.schema
    }

    pub fn clear_leftovers(&mut self, script: &Script, step: &Step) -> Result<Vec<String>> {
        let rows = self.query_own(
            "SELECT n.nspname, c.relname, n.nspname = ANY (current_schemas(false)) FROM pg_catalog.pg_index i
             JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid",
            &[],
        )?;
        // Only what this step itself creates: DROP INDEX and REINDEX need the index that is there, and another INVALID
        // index (of another tenant's schema, just being built) is somebody else's business.
        let names: Vec<String> = step
            .statements
            .iter()
            .filter(|s| s.what.starts_with("create index") || s.what.starts_with("create unique index"))
            .flat_map(|s| names_in(&script.text[s.span.clone()]))
            .collect();
        let mut dropped = Vec::new();
        for row in rows {
            let (schema, name, near): (String, String, bool) = (row.at(0)?, row.at(1)?, row.at(2)?);
            if names.contains(&name) && (near || names.contains(&schema)) {
                let index = format!("{}.{}", ident(&schema), ident(&name));
                self.message(&format!("DROP INDEX CONCURRENTLY IF EXISTS {index}"))?;
                dropped.push(index);
            }
        }
        Ok(dropped)
    }
}

/// How many rows each of the statements wrote.
fn completed(messages: &[SimpleQueryMessage]) -> Vec<u64> {
    let rows = messages.iter().filter_map(|m| match m {
        SimpleQueryMessage::CommandComplete(rows) => Some(*rows),
        _ => None,
    });
    rows.collect()
}

fn read_rows(
    sent: std::result::Result<RowIter<'_>, postgres::Error>,
    mapped: &dyn Fn(&postgres::Error) -> Error,
    each: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<()> {
    let mut rows = sent.map_err(|e| mapped(&e))?;
    let mut columns: Option<Rc<[String]>> = None;
    while let Some(row) = rows.next().map_err(|e| mapped(&e))? {
        let names =
            columns.get_or_insert_with(|| row.columns().iter().map(|c| c.name().to_owned()).collect());
        let values = (0..row.len()).map(|i| value::read(&row, i)).collect::<Result<Vec<Value>>>()?;
        each(Row { columns: Rc::clone(names), values })?;
    }
    Ok(())
}

/// The identifiers of a text, as the server would fold them.
fn names_in(text: &str) -> impl Iterator<Item = String> + '_ {
    lex::lex(Dialect::Postgres, text).into_iter().map(move |token| {
        let word = token.text(text);
        match word.strip_prefix('"').and_then(|w| w.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => word.to_lowercase(),
        }
    })
}
