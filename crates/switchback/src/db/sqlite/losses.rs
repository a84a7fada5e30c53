//! What a transaction takes away: deletes by the update hook, the rest by counting before and after.
//!
//! SQLite's preupdate hook would see every delete, but the library has it only where libclang is at hand when it is
//! built. The update hook passes over three things: a DELETE of all rows at once, which the authorizer makes SQLite do row by row;
//! rows that REPLACE removes, and tables WITHOUT ROWID, which are counted.

use super::{Sqlite, error};
use crate::db::losses::{Balance, Gone, How, once_more};
use crate::store::OWN_TABLES;
use rusqlite::Connection;
use rusqlite::hooks::{Action, AuthAction, AuthContext, Authorization};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use switchback_plan::losing::{self, Losing};
use switchback_plan::quote::ident;
use switchback_plan::{Dialect, Result, lex};

/// What the hooks have seen: deleted and inserted rows by table.
#[derive(Debug, Default)]
struct Hooked {
    rows: BTreeMap<String, (u64, u64)>,
    /// A table or view is being dropped, which asks for leave to delete from it, too; not to get it would leave it there.
    dropping: bool,
}

#[derive(Debug, Clone, Default)]
struct Table {
    /// As it is written.
    shown: String,
    columns: Vec<String>,
    /// No hook tells of its rows.
    silent: bool,
    /// Rows at the beginning, where they were counted.
    rows: Option<u64>,
}

type Tables = BTreeMap<String, Table>;

/// What is known of the transaction that runs, and of the migration before it.
#[derive(Debug, Default)]
pub(super) struct Watch {
    active: bool,
    /// The tables that were there before the migration; those that it makes itself are no loss.
    known: Option<BTreeSet<String>>,
    next: Option<BTreeSet<String>>,
    before: Tables,
    /// From the name that a table has now to the one that it had.
    names: BTreeMap<String, String>,
    dropped: Vec<(String, Option<usize>)>,
    /// Columns that a statement named, with their values.
    columns: Vec<(String, String, u64, Option<usize>)>,
    /// Rows that were counted, until the commit.
    counts: BTreeMap<(String, Option<String>), u64>,
    /// The tables that the transaction found, once it was rolled back to count: the others are its own.
    found: Option<BTreeSet<String>>,
    deleted: BTreeMap<String, (u64, Option<usize>)>,
    inserted: u64,
    hooked: Arc<Mutex<Hooked>>,
    pub(super) again: bool,
}

impl Sqlite {
    pub fn forget_losses(&mut self) {
        self.unwatch();
        let was = std::mem::take(&mut self.watch);
        self.watch = Watch { counts: was.counts, found: was.found, ..Watch::default() };
    }

    /// Takes the hooks away.
    fn unwatch(&mut self) {
        if std::mem::take(&mut self.watch.active) {
            let none: Option<fn(Action, &str, &str, i64)> = None;
            let no_one: Option<fn(AuthContext<'_>) -> Authorization> = None;
            if let Err(e) = self.conn.update_hook(none).and_then(|()| self.conn.authorizer(no_one)) {
                tracing::debug!("hooks: {e}");
            }
        }
    }

    /// A transaction is over.
    pub(super) fn reset_watch(&mut self, committed: bool) {
        if let Some(next) = self.watch.next.take().filter(|_| committed) {
            self.watch.known = Some(next);
        }
        if committed {
            self.watch.counts.clear();
            self.watch.found = None;
        }
        self.unwatch();
    }

    pub fn watch(&mut self, losing: Losing) -> Result<()> {
        self.unwatch();
        let closely = match losing {
            Losing::Never => false,
            Losing::Indirectly => self.may_delete()?,
            Losing::Directly => true,
        };
        if !closely {
            return Ok(());
        }
        let mut tables = tables(&self.conn)?;
        let watch = &mut self.watch;
        let known = watch.known.get_or_insert_with(|| tables.keys().cloned().collect());
        tables.retain(|name, _| known.contains(name));
        let replaces = replaces(&self.conn)?;
        for (name, table) in &mut tables {
            table.silent |= replaces;
            if table.silent {
                table.rows = Some(count(&self.conn, name, None)?);
            }
        }
        watch.names = tables.keys().map(|name| (name.clone(), name.clone())).collect();
        watch.before = tables;
        watch.dropped.clear();
        watch.columns.clear();
        watch.deleted.clear();
        watch.inserted = 0;
        watch.hooked = Arc::default();
        watch.active = true;
        let seen = Arc::clone(&watch.hooked);
        let hook = move |action: Action, _: &str, table: &str, _: i64| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            if !seen.rows.contains_key(table) {
                seen.rows.insert(table.to_owned(), (0, 0));
            }
            let Some(rows) = seen.rows.get_mut(table) else { return };
            match action {
                Action::SQLITE_DELETE => rows.0 += 1,
                Action::SQLITE_INSERT => rows.1 += 1,
                _ => {}
            }
        };
        let asked = Arc::clone(&watch.hooked);
        let authorizer = move |context: AuthContext<'_>| {
            let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
            match context.action {
                AuthAction::DropTable { .. }
                | AuthAction::DropTempTable { .. }
                | AuthAction::DropView { .. }
                | AuthAction::DropTempView { .. }
                | AuthAction::DropVtable { .. } => asked.dropping = true,
                // So that rows are deleted one by one, and each is told.
                AuthAction::Delete { table_name }
                    if !asked.dropping && !table_name.to_ascii_lowercase().starts_with("sqlite_") =>
                {
                    return Authorization::Ignore;
                }
                _ => {}
            }
            Authorization::Allow
        };
        // What was prepared before knows nothing of the hooks.
        self.conn.flush_prepared_statement_cache();
        self.conn
            .update_hook(Some(hook))
            .and_then(|()| self.conn.authorizer(Some(authorizer)))
            .map_err(|e| error(&e))
    }

    /// Whether a statement that takes no row away can set off something that does.
    fn may_delete(&self) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND (sql LIKE '%delete%' OR sql LIKE '%replace%')
               UNION ALL SELECT 1 FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%conflict%replace%'
               UNION ALL SELECT 1 FROM sqlite_temp_schema WHERE type = 'trigger')";
        let mut asked = self.conn.prepare_cached(sql).map_err(|e| error(&e))?;
        asked.query_row([], |row| row.get(0)).map_err(|e| error(&e))
    }

    /// What the transaction has taken away. Where that cannot be counted any more, it is rolled back, counted, and the
    /// caller does it again.
    pub fn balance(&mut self) -> Result<Balance> {
        if !self.watch.active {
            return Ok(Balance::default());
        }
        self.watch.drain(None);
        let now = tables(&self.conn)?;
        let wanted = self.watch.wanted(&now);
        let uncounted: Vec<_> = wanted
            .into_iter()
            .filter(|key| !self.watch.counts.contains_key(key) && !self.watch.is_own(&key.0))
            .collect();
        if !uncounted.is_empty() {
            self.rollback();
            self.watch.found = Some(tables(&self.conn)?.into_keys().collect());
            for (table, column) in uncounted {
                // One that a migration before this one makes in the same transaction is not there.
                let rows = count(&self.conn, &table, column.as_deref()).unwrap_or_default();
                self.watch.counts.insert((table, column), rows);
            }
            self.watch.again = true;
            return Err(once_more());
        }
        self.watch.settle(&self.conn, &now)
    }

    /// Rows of a table by its name as a script wrote it; none where it is not there.
    pub fn rows_of(&mut self, name: &[String]) -> Result<u64> {
        let name = name.last().map(String::as_str).unwrap_or_default();
        Ok(count(&self.conn, name, None).unwrap_or_default())
    }

    /// Before a text of a migration in Rust runs.
    pub(super) fn note(&mut self, sql: &str) -> Result<()> {
        if self.watch.active {
            self.watch.before_statement(&self.conn, sql, None)?;
        }
        Ok(())
    }
}

impl Watch {
    /// Whether the transaction has made that table itself, as far as that is known.
    fn is_own(&self, table: &str) -> bool {
        self.found.as_ref().is_some_and(|found| !found.contains(table))
    }

    pub(super) fn is_active(&self) -> bool {
        self.active
    }

    /// What is about to go is counted while it is there.
    pub(super) fn before_statement(
        &mut self,
        conn: &Connection,
        sql: &str,
        offset: Option<usize>,
    ) -> Result<()> {
        self.drain(None);
        self.hooked.lock().unwrap_or_else(PoisonError::into_inner).dropping = false;
        if losing::replaces(Dialect::Sqlite, sql) {
            self.count_mentioned(conn, sql)?;
        }
        let word = sql.trim_start().get(..5).unwrap_or_default().to_ascii_lowercase();
        if word == "alter"
            && let Some((old, new)) = losing::renamed(Dialect::Sqlite, sql)
        {
            if let Some(first) = self.names.remove(&old.to_lowercase()) {
                self.names.insert(new.to_lowercase(), first);
            }
            return Ok(());
        }
        if !(word == "alter" || word.starts_with("drop")) {
            return Ok(());
        }
        for named in losing::named(Dialect::Sqlite, sql) {
            let name = named.table.last().map(|n| n.to_lowercase()).unwrap_or_default();
            let Some(first) = self.names.get(&name).cloned() else { continue };
            // A generated column has no values of its own.
            let real = |c: &String| {
                self.before.get(&first).is_some_and(|t| t.columns.iter().any(|o| o.eq_ignore_ascii_case(c)))
            };
            if named.column.as_ref().is_some_and(|c| !real(c)) {
                continue;
            }
            let rows = count(conn, &name, named.column.as_deref())?;
            match named.column {
                Some(column) => self.columns.push((first, column, rows, offset)),
                None => {
                    self.counts.insert((first.clone(), None), rows);
                    self.names.remove(&name);
                    self.dropped.push((first, offset));
                }
            }
        }
        Ok(())
    }

    /// No hook tells of the rows that REPLACE removes.
    fn count_mentioned(&mut self, conn: &Connection, sql: &str) -> Result<()> {
        for (name, first) in &self.names {
            let Some(table) = self.before.get_mut(first).filter(|t| t.rows.is_none()) else { continue };
            if lex::mentions_written(Dialect::Sqlite, sql, name) {
                table.silent = true;
                table.rows = Some(count(conn, name, None)?);
            }
        }
        Ok(())
    }

    /// What the hooks have seen goes to the tables, by the names that they had when the migration began.
    pub(super) fn drain(&mut self, offset: Option<usize>) {
        let rows = std::mem::take(&mut self.hooked.lock().unwrap_or_else(PoisonError::into_inner).rows);
        for (name, (deleted, inserted)) in rows {
            self.inserted += inserted;
            let Some(first) = self.names.get(&name.to_lowercase()) else { continue };
            let known = self.deleted.entry(first.clone()).or_default();
            known.0 += deleted;
            if deleted > 0 {
                known.1 = known.1.or(offset);
            }
            // Against these, what no hook tells of is counted.
            if self.before.get(first).is_some_and(|t| t.silent)
                && let Some(table) = self.before.get_mut(first)
            {
                table.rows = table.rows.map(|rows| (rows + inserted).saturating_sub(deleted));
            }
        }
    }

    /// Tables made anew under the name of one that was dropped.
    fn rebuilt<'w>(&'w self, now: &'w Tables) -> impl Iterator<Item = &'w str> {
        let names = self.dropped.iter().map(|(name, _)| name.as_str());
        names.filter(move |name| now.contains_key(*name) && !self.names.contains_key(*name))
    }

    /// Columns that a table made anew has not, where it has no new ones that may be the same under other names.
    fn left_out(&self, name: &str, now: &Tables) -> Vec<String> {
        let (Some(was), Some(is)) = (self.before.get(name), now.get(name)) else { return Vec::new() };
        let has = |columns: &[String], c: &String| columns.iter().any(|o| o.eq_ignore_ascii_case(c));
        let missing: Vec<String> = was.columns.iter().filter(|c| !has(&is.columns, c)).cloned().collect();
        let new = is.columns.iter().filter(|c| !has(&was.columns, c)).count();
        if new == 0 { missing } else { Vec::new() }
    }

    fn wanted(&self, now: &Tables) -> Vec<(String, Option<String>)> {
        let mut wanted = Vec::new();
        for name in self.rebuilt(now) {
            for column in self.left_out(name, now) {
                wanted.push((name.to_owned(), Some(column)));
            }
        }
        for (name, first) in &self.names {
            if !now.contains_key(name) {
                wanted.push((first.clone(), None));
            }
        }
        wanted
    }

    fn settle(&mut self, conn: &Connection, now: &Tables) -> Result<Balance> {
        let mut balance = Balance { inserted: self.inserted, ..Balance::default() };
        let shown =
            |name: &str| self.before.get(name).map_or_else(|| name.to_owned(), |table| table.shown.clone());
        let gone = |name: &str, column: Option<&str>, rows, how, offset| Gone {
            object: column.map_or_else(|| shown(name), |column| format!("{}.{column}", shown(name))),
            table: shown(name),
            whole: None,
            rows,
            how,
            offset,
        };
        let counted =
            |this: &Watch, name: &str| this.counts.get(&(name.to_owned(), None)).copied().unwrap_or_default();
        for (name, offset) in &self.dropped {
            let rows = counted(self, name);
            if self.rebuilt(now).any(|n| n == name) {
                let left = rows.saturating_sub(count(conn, name, None)?);
                balance.add(gone(name, None, left, How::LeftOut, *offset));
                for column in self.left_out(name, now) {
                    let key = (name.clone(), Some(column));
                    let rows = self.counts.get(&key).copied().unwrap_or_default();
                    balance.add(gone(name, key.1.as_deref(), rows, How::Column, *offset));
                }
            } else {
                balance.add(gone(name, None, rows, How::Dropped, *offset));
            }
        }
        for (table, column, rows, offset) in &self.columns {
            balance.add(gone(table, Some(column), *rows, How::Column, *offset));
        }
        for (name, first) in &self.names {
            if !now.contains_key(name) {
                balance.add(gone(first, None, counted(self, first), How::Dropped, None));
                continue;
            }
            let (rows, offset) = self.deleted.get(first).copied().unwrap_or_default();
            balance.add(gone(first, None, rows, How::Deleted, offset));
            if let Some(expected) = self.before.get(first).and_then(|t| t.rows) {
                let rows = expected.saturating_sub(count(conn, name, None)?);
                balance.add(gone(first, None, rows, How::Deleted, None));
            }
        }
        let rebuilt: BTreeSet<String> = self.rebuilt(now).map(str::to_owned).collect();
        let still = self.names.keys().filter(|name| now.contains_key(*name)).cloned();
        self.next = Some(still.chain(rebuilt).collect());
        Ok(balance)
    }
}

/// Every table but our own and what belongs to a virtual one, by its name in lower case.
fn tables(conn: &Connection) -> Result<Tables> {
    let sql = "SELECT l.name, l.wr, c.name FROM pragma_table_list l JOIN pragma_table_info(l.name) c
        WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1, c.cid";
    let mut asked = conn.prepare_cached(sql).map_err(|e| error(&e))?;
    let mut rows = asked.query([]).map_err(|e| error(&e))?;
    let mut tables = Tables::new();
    while let Some(row) = rows.next().map_err(|e| error(&e))? {
        let read = || Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let (name, silent, column): (String, bool, String) =
            read().map_err(|e: rusqlite::Error| error(&e))?;
        if OWN_TABLES.iter().any(|own| own.eq_ignore_ascii_case(&name)) {
            continue;
        }
        let key = name.to_lowercase();
        let table = tables.entry(key).or_insert_with(|| Table { shown: name, ..Table::default() });
        table.silent = silent;
        table.columns.push(column);
    }
    Ok(tables)
}

/// Whether a table or trigger replaces rows.
fn replaces(conn: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type IN ('table', 'trigger')
        AND (sql LIKE '%conflict%replace%' OR sql LIKE '%or%replace%' OR sql LIKE '%replace%into%'))";
    let mut asked = conn.prepare_cached(sql).map_err(|e| error(&e))?;
    asked.query_row([], |row| row.get(0)).map_err(|e| error(&e))
}

/// Rows of a table, or values of a column.
fn count(conn: &Connection, table: &str, column: Option<&str>) -> Result<u64> {
    let what = column.map_or_else(|| "*".to_owned(), ident);
    let sql = format!("SELECT count({what}) FROM main.{}", ident(table));
    let count: i64 = conn.query_row(&sql, [], |row| row.get(0)).map_err(|e| error(&e))?;
    Ok(u64::try_from(count).unwrap_or_default())
}
