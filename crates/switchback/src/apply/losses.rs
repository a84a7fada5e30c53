//! An undeclared loss aborts: what a step's transaction has taken away is judged before it commits.

use super::Run;
use super::side::Side;
use crate::db::{Gone, How};
use crate::report::LossReport;
use std::path::Path;
use switchback_plan::lock::LockFile;
use switchback_plan::losing::{self, Losing};
use switchback_plan::words::plural;
use switchback_plan::{
    Body, Direction, Error, ErrorKind, Layout, Location, Migration, Result, Script, Step, lex,
};

/// Whose transaction it is.
pub(super) struct Taker<'t> {
    pub version: i64,
    pub name: &'t str,
    pub direction: Direction,
    /// What runs; of Rust only the file's name is known.
    pub script: &'t Script,
    pub step: Option<&'t Step>,
    /// The way up, where a way down runs and its up is at hand as SQL.
    pub up: Option<&'t Script>,
}

impl<'t> Taker<'t> {
    /// A step of a side.
    pub fn of(side: &Side<'t>, step: Option<&'t Step>) -> Taker<'t> {
        Taker {
            version: side.version,
            name: side.name,
            direction: side.direction,
            script: side.script,
            step,
            up: side.other.filter(|_| side.direction == Direction::Down),
        }
    }
}

/// Rows that a migration has taken away so far, and rows that it has put somewhere.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Books {
    taken: u64,
    put: u64,
}

impl Run<'_> {
    /// A migration begins.
    pub(super) fn open_books(&mut self) {
        self.books = Books::default();
        if self.options.watch_losses {
            self.db.forget_losses();
        }
    }

    /// Inside the transaction of a step, before its first statement.
    pub(super) fn watch_step(&mut self, script: &Script, step: &Step) -> Result<()> {
        self.watch(losing::of_step(self.local.dialect, script, step))
    }

    /// Inside a transaction, before anything is done in it.
    pub(super) fn watch(&mut self, losing: Losing) -> Result<()> {
        if self.options.watch_losses { self.db.watch(losing) } else { Ok(()) }
    }

    /// Before the commit: what is gone, where that may go; else the error that rolls it back.
    pub(super) fn losses(&mut self, taker: &Taker<'_>) -> Result<Vec<LossReport>> {
        if !self.options.watch_losses {
            return Ok(Vec::new());
        }
        if !self.db.counts_deletes() {
            let message = "track_counts is off on this server, so rows that a trigger, a cascade or a function deletes are not seen: only tables and columns that go are";
            self.tell(&crate::event::Event::Warning { message });
        }
        let balance = self.db.balance()?;
        if balance.gone.is_empty() {
            self.books.put += balance.inserted;
            return Ok(Vec::new());
        }
        let local = self.local;
        let migration = local.get(taker.version).filter(|m| m.name == taker.name);
        let mut books = self.books;
        books.put += balance.inserted;
        let made = taker.step.map(|step| losing::made_before(local.dialect, taker.script, step));
        let made = made.unwrap_or_default();
        let proven = migration.is_some_and(|m| self.is_proven(m));
        let mut kept = None;
        let mut reports = Vec::new();
        let mut undeclared = Vec::new();
        for gone in balance.gone {
            let table = &gone.table;
            if gone.how != How::Column && made.iter().any(|m| m.eq_ignore_ascii_case(table)) {
                continue;
            }
            let written_back = || migration.is_some_and(|m| is_written_back(m, table));
            let allowed = match taker.direction {
                _ if migration.is_some_and(|m| is_declared(&m.settings.lossy, &gone)) => Some("declared"),
                Direction::Down => self.is_the_downs(taker, migration, proven, &gone).then_some("taken back"),
                // There is no place where it could be declared.
                Direction::Up if migration.is_none_or(|m| m.layout == Layout::Flat) => Some("not declarable"),
                Direction::Up
                    if proven && (!matches!(gone.how, How::Deleted | How::LeftOut) || written_back()) =>
                {
                    Some("proven")
                }
                Direction::Up => {
                    let there = match kept {
                        _ if proven => books.put,
                        Some(rows) => rows,
                        None => {
                            let rows = self.kept_rows(taker.script)?;
                            kept = Some(rows);
                            rows
                        }
                    };
                    books.taken += gone.rows;
                    (books.taken <= there).then_some("kept")
                }
            };
            match allowed {
                Some(allowed) => reports.push(LossReport {
                    object: gone.object,
                    rows: gone.rows,
                    how: gone.how.as_str(),
                    allowed,
                }),
                None => undeclared.push(gone),
            }
        }
        if undeclared.is_empty() {
            self.books = books;
            return Ok(reports);
        }
        Err(self.undeclared(taker, &undeclared))
    }

    /// What runs outside a transaction cannot be rolled back: a statement that names what it takes away is refused
    /// before it runs, where there is something to lose.
    pub(super) fn refuse_alone(&mut self, side: &Side<'_>, step: &Step) -> Result<()> {
        let migration = self.local.get(side.version).filter(|m| m.layout == Layout::Folder);
        let (Some(migration), Direction::Up, true) = (migration, side.direction, self.options.watch_losses)
        else {
            return Ok(());
        };
        let dialect = self.local.dialect;
        let made = losing::made_before(dialect, side.script, step);
        let proven = self.is_proven(migration);
        for statement in &step.statements {
            let sql = &side.script.text[statement.span.clone()];
            for named in losing::named(dialect, sql) {
                let table = named.table.last().cloned().unwrap_or_default();
                let object = named.table.iter().chain(&named.column).cloned().collect::<Vec<_>>().join(".");
                let how = match (statement.what.split(' ').next(), &named.column) {
                    (Some("delete"), _) => How::Deleted,
                    (Some("truncate"), _) => How::Emptied,
                    (_, Some(_)) => How::Column,
                    (_, None) => How::Dropped,
                };
                let whole = named.column.as_ref().map(|_| table.clone());
                let mut gone = Gone {
                    object,
                    table: table.clone(),
                    whole,
                    rows: 0,
                    how,
                    offset: Some(statement.span.start),
                };
                let may = made.contains(&table)
                    || (proven && how != How::Deleted)
                    || is_declared(&migration.settings.lossy, &gone);
                if may {
                    continue;
                }
                gone.rows = self.db.rows_of(&named.table)?;
                if gone.rows > 0 {
                    return Err(self.undeclared(&Taker::of(side, Some(step)), &[gone]));
                }
            }
        }
        Ok(())
    }

    /// Rows in the tables that the script makes and leaves: what it has put aside.
    fn kept_rows(&mut self, script: &Script) -> Result<u64> {
        let mut rows = 0;
        for name in losing::made(self.local.dialect, script) {
            rows += self.db.rows_of(&name)?;
        }
        Ok(rows)
    }

    /// Whether the lock file says that the way down brings everything back, of these very files.
    fn is_proven(&mut self, m: &Migration) -> bool {
        let Some(text) = &self.local.lock else { return false };
        if self.lock.is_none() {
            self.lock = LockFile::parse(switchback_plan::lock::FILE, text).ok();
        }
        let Some(locked) = self.lock.as_ref().and_then(|lock| lock.get(m.version)) else { return false };
        let exact = locked
            .on(self.local.dialect)
            .is_some_and(|s| matches!(s.verdict.as_str(), "exact" | "column-order"));
        exact
            && [Some(&m.up), m.down.body()].into_iter().flatten().all(|body| match body {
                Body::Sql(script) => {
                    let file =
                        Path::new(&script.file).file_name().and_then(|f| f.to_str()).unwrap_or_default();
                    locked.sources.get(file).is_none_or(|sealed| *sealed == script.sha256)
                }
                Body::Rust(_) => true,
            })
    }

    /// A way down takes away what its up has made, also with rows that were written since: that is what it is for. What it
    /// takes whole and what its up does not even name is something else.
    fn is_the_downs(
        &self,
        taker: &Taker<'_>,
        migration: Option<&Migration>,
        proven: bool,
        gone: &Gone,
    ) -> bool {
        let Some(up) = taker.up.filter(|_| !proven && gone.how != How::Deleted) else { return true };
        if migration.is_none_or(|m| m.layout == Layout::Flat) {
            return true;
        }
        let named = |name: &str| lex::mentions_written(self.local.dialect, &up.text, name);
        // Tables that inherit lose a column with the one that is named.
        let column = gone.object.rsplit('.').next().filter(|_| gone.how == How::Column);
        named(&gone.table) || column.is_some_and(named) || gone.whole.as_deref().is_some_and(named)
    }

    fn undeclared(&self, taker: &Taker<'_>, gone: &[Gone]) -> Error {
        let sentences: Vec<String> = gone.iter().map(sentence).collect();
        let label = format!("V{}__{}", taker.version, taker.name);
        let list: Vec<String> = gone.iter().map(|g| format!("\"{}\"", g.object)).collect();
        let dialect = self.local.dialect;
        let offset = gone.iter().find_map(|g| g.offset).or_else(|| {
            let takes = |s: &&switchback_plan::Statement| {
                losing::of_statement(dialect, &taker.script.text, s) == Losing::Directly
            };
            let step = taker.step?;
            step.statements.iter().find(takes).or(step.statements.first()).map(|s| s.span.start)
        });
        let file = self.path(&taker.script.file);
        let at = match offset {
            Some(offset) => Location::in_text(file, &taker.script.text, offset),
            None => Location::file(file),
        };
        Error::new(ErrorKind::Loss, format!("{}, and {label} does not declare that", sentences.join("; ")))
            .at(at)
            .hint(format!(
                "if that is meant, say so in its migration.toml: lossy = [{}]; else keep the rows in a table that the migration makes, or seal it once a proof shows that its way down brings them back",
                list.join(", ")
            ))
    }
}

fn sentence(gone: &Gone) -> String {
    let (rows, object) = (plural(usize::try_from(gone.rows).unwrap_or(usize::MAX), "row"), &gone.object);
    match gone.how {
        How::Deleted => format!("{rows} of {object} would be deleted"),
        How::Emptied => format!("{rows} of {object} would go with a TRUNCATE"),
        How::Dropped => format!("{rows} would go with the table {object}"),
        How::Column => format!("the values of {rows} would go with the column {object}"),
        How::LeftOut => format!("{rows} of {object} would be left out of the table that takes its place"),
    }
}

/// Whether `lossy` names it: a column by itself or with its table, a partition with the whole.
fn is_declared(lossy: &[String], gone: &Gone) -> bool {
    let says = |name: &str| lossy.iter().any(|d| d.eq_ignore_ascii_case(name));
    let table = gone.object.rsplit_once('.').filter(|_| gone.how == How::Column).map(|(table, _)| table);
    says(&gone.object) || table.is_some_and(says) || gone.whole.as_deref().is_some_and(says)
}

/// Whether the way down says itself which rows come back: then a proof that they do is about these.
fn is_written_back(m: &Migration, table: &str) -> bool {
    let Some(Body::Sql(down)) = m.down.body() else { return false };
    down.steps.iter().flat_map(|s| &s.statements).any(|s| {
        let target = s.what.strip_prefix("insert into ").and_then(|name| name.rsplit('.').next());
        target.is_some_and(|name| name.eq_ignore_ascii_case(table))
    })
}

/// Adds what another transaction of the same step has taken away.
pub(super) fn add(losses: &mut Vec<LossReport>, more: Vec<LossReport>) {
    for loss in more {
        match losses.iter_mut().find(|l| l.object == loss.object && l.how == loss.how) {
            Some(known) => known.rows += loss.rows,
            None => losses.push(loss),
        }
    }
}

/// What the journal says of it.
pub(super) fn detail(losses: &[LossReport]) -> Option<String> {
    let told = |l: &LossReport| {
        format!(
            "{} {} {} ({})",
            l.how,
            plural(usize::try_from(l.rows).unwrap_or(usize::MAX), "row"),
            l.object,
            l.allowed
        )
    };
    (!losses.is_empty()).then(|| format!("gone: {}", losses.iter().map(told).collect::<Vec<_>>().join(", ")))
}
