//! A set of migrations and an open database.

use super::deadline::{Deadline, Overdue, if_overdue};
use crate::apply::{Run, free_context};
use crate::connect::DatabaseUrl;
use crate::context::Context;
use crate::db::Database;
use crate::event::{Event, Observer, Silent};
use crate::inspect::is_own;
use crate::options::Options;
use crate::report::{AppliedStatus, LastRun, LogEntry, PendingStatus, ProblemStatus, Report, Status};
use crate::schema::{self, Depth, Scope};
use crate::set::RustMigration;
use crate::store::{State, Store};
use std::sync::Arc;
use std::time::{Duration, Instant};
use switchback_plan::saved::Action;
use switchback_plan::{Direction, Error, ErrorKind, MigrationSet, Result, Target, plan, problems};

/// How often a run starts over because somebody else moved the database.
const MOVES: usize = 20;

/// A set of migrations and an open database.
pub struct Connected {
    pub(crate) local: MigrationSet,
    pub(super) functions: &'static [RustMigration],
    pub(super) root: String,
    pub(crate) db: Database,
    /// Where it is, for what needs a connection of its own; `None` for one that was opened elsewhere.
    pub(crate) url: Option<DatabaseUrl>,
    pub(crate) options: Options,
    pub(crate) observer: Box<dyn Observer>,
    /// There is work, and nobody else does it: no look at the history before the lock is held.
    pub(crate) has_work: bool,
    pub(crate) report: Report,
}

impl Connected {
    pub(super) fn new(
        local: MigrationSet,
        functions: &'static [RustMigration],
        root: String,
        db: Database,
        options: Options,
    ) -> Connected {
        Connected {
            local,
            functions,
            root,
            db,
            url: None,
            options,
            observer: Box::new(Silent),
            has_work: false,
            report: Report::default(),
        }
    }

    /// The same, with somebody who sees the events of a run.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer + 'static) -> Connected {
        self.observer = Box::new(observer);
        self
    }

    /// The migrations as the database's dialect sees them.
    pub fn set(&self) -> &MigrationSet {
        &self.local
    }

    /// Applies what is pending.
    ///
    /// # Errors
    /// What is refused, or the statement that failed; what was committed before stays (see
    /// [`Connected::report`]), and the same call goes on.
    pub fn up(&mut self, target: Target) -> Result<Report> {
        self.migrate(Direction::Up, target)
    }

    /// Undoes what is applied, newest first.
    ///
    /// # Errors
    /// As [`Connected::up`]; an irreversible migration is refused before anything runs.
    pub fn down(&mut self, target: Target) -> Result<Report> {
        self.migrate(Direction::Down, target)
    }

    /// What the last [`Connected::up`] or [`Connected::down`] did, also when it ended in an error.
    pub fn report(&self) -> &Report {
        &self.report
    }

    fn migrate(&mut self, direction: Direction, target: Target) -> Result<Report> {
        self.report = Report {
            database: self.local.name.clone(),
            engine: self.local.dialect.as_str(),
            direction: direction.as_str(),
            ..Report::default()
        };
        // Without work there is no need to wait for a lock; with work everything is read again under it.
        let mut pending = Vec::new();
        let idle = match direction {
            _ if self.has_work => false,
            Direction::Down => !Store::new(&self.db).is_there(&mut self.db)?,
            Direction::Up => {
                let state = self.read(false)?;
                let target = self.saved_target(&state, target);
                match plan(&self.local, &state.history, direction, target) {
                    Ok(plan) => {
                        pending.extend(plan.migrations.iter().map(|p| p.version));
                        plan.is_empty()
                    }
                    // What looks half-done may be what another runner is doing just now.
                    Err(e) if e.kind() == ErrorKind::HalfDone => false,
                    Err(e) => return Err(e),
                }
            }
        };
        if !pending.is_empty() && self.options.preflight {
            self.must_be_fit(&pending)?;
        }
        if !idle {
            let counted = self.count_before(&pending);
            let overdue = Overdue::default();
            let limit = self.options.max_duration.filter(|_| direction == Direction::Up);
            let deadline = limit.map(|limit| Deadline::start(limit, &overdue, &self.options.interrupt));
            let deadline = deadline.transpose()?;
            let done = self.locked(|this| this.migrate_locked(direction, target, &overdue));
            drop(deadline);
            if let Some(counted) = counted {
                self.count_after(&counted);
            }
            done.map_err(|e| if_overdue(e, &overdue, limit))?;
        }
        Ok(self.report.clone())
    }

    fn migrate_locked(&mut self, direction: Direction, mut target: Target, overdue: &Overdue) -> Result<()> {
        for _ in 0..MOVES {
            let state = self.read(direction == Direction::Down)?;
            let actions: &[Action] = match direction {
                Direction::Up => &[Action::Up],
                Direction::Down => &[Action::Down, Action::Redo],
            };
            self.must_hold(&state, actions)?;
            target = self.saved_target(&state, target);
            let planned = plan(&self.local, &state.history, direction, target)?;
            if planned.is_empty() {
                return Ok(());
            }
            if direction == Direction::Up {
                self.must_be_those_of_redo(&planned)?;
            }
            // "Two steps" means two from here, also when the run has to start over.
            if let Target::Steps(_) = target {
                target = Target::Version(planned.to.unwrap_or_default());
            }
            let drifted = self.has_drifted(direction, &state)?;
            let carried = self.run(state, |run| {
                run.drifted = drifted;
                run.overdue = Arc::clone(overdue);
                run.carry_out(&planned)
            });
            match carried {
                Err(e) if e.kind() == ErrorKind::Moved => tracing::debug!("{e}"),
                other => return other,
            }
        }
        Err(Error::new(
            ErrorKind::Moved,
            "another runner kept moving the database; nothing of ours was committed",
        )
        .hint("find out who else migrates it (`log`), then run the same command again"))
    }

    /// A run over a state that was read under the lock.
    pub(super) fn run<T>(&mut self, state: State, work: impl FnOnce(&mut Run<'_>) -> Result<T>) -> Result<T> {
        let mut run = Run::new(
            &mut self.db,
            &self.local,
            self.functions,
            &self.root,
            &self.options,
            &mut *self.observer,
            &mut self.report,
            state,
        );
        work(&mut run)
    }

    pub(crate) fn read(&mut self, with_downs: bool) -> Result<State> {
        Store::new(&self.db).read(&mut self.db, &self.local, with_downs)
    }

    /// Holds the lock while `work` runs; gives it back on every path.
    pub(crate) fn locked<T>(&mut self, work: impl FnOnce(&mut Connected) -> Result<T>) -> Result<T> {
        self.wait_for_lock()?;
        let done = work(self);
        self.db.unlock();
        done
    }

    pub(crate) fn wait_for_lock(&mut self) -> Result<()> {
        let start = Instant::now();
        let mut told = None;
        loop {
            if self.db.try_lock()? {
                return Ok(());
            }
            let holder = self.db.lock_holder().unwrap_or_else(|| "another runner".to_owned());
            let waited = start.elapsed();
            if waited >= self.options.lock_wait {
                return Err(Error::new(
                    ErrorKind::Locked,
                    format!(
                        "the database is being migrated by {holder}; waited {:.1} s",
                        waited.as_secs_f64()
                    ),
                )
                .hint("wait longer with --lock-wait, or see what that process does; nothing was changed"));
            }
            if told.is_none_or(|t: Instant| t.elapsed() >= Duration::from_secs(1)) {
                told = Some(Instant::now());
                self.observer.event(&Event::Waiting { holder: &holder, waited: waited.as_secs_f64() });
            }
            if self.options.interrupt.load(std::sync::atomic::Ordering::Relaxed) {
                return Err(crate::db::interrupted());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What is applied, what is pending, and what is wrong. Reads only.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn status(&mut self) -> Result<Status> {
        let state = self.read(false)?;
        let drift = self.drift_problem(&state)?;
        let edited = self.edited()?;
        let history = &state.history;
        Ok(Status {
            database: self.local.name.clone(),
            engine: self.local.dialect.as_str(),
            applied: history
                .applied
                .iter()
                .map(|a| AppliedStatus {
                    version: a.version,
                    name: a.name.clone(),
                    applied_at: a.applied_at.clone(),
                    sha256: a.up_sha256.clone(),
                })
                .collect(),
            pending: self
                .local
                .migrations
                .iter()
                .filter(|m| !history.is_applied(m.version))
                .map(|m| PendingStatus { version: m.version, name: m.name.clone() })
                .collect(),
            problems: problems(&self.local, history)
                .into_iter()
                .map(|p| ProblemStatus { kind: p.kind.as_str(), version: p.version, message: p.message })
                .chain(drift)
                .chain(edited)
                .collect(),
        })
    }

    /// Whether any table but ours has a row. Reads only.
    pub(crate) fn has_rows(&mut self) -> Result<bool> {
        let schema = schema::read(&mut self.db, &Scope::All, Depth::Compare)?;
        for table in schema.tables.iter().filter(|t| !is_own(&t.name.name)) {
            let sql = format!("SELECT 1 FROM {} LIMIT 1", table.name.sql());
            if self.db.count_rows(&sql)? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The journal, oldest first: the `limit` newest rows, or all.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn log(&mut self, limit: Option<usize>) -> Result<Vec<LogEntry>> {
        Store::new(&self.db).read_journal(&mut self.db, None, limit)
    }

    /// How long the newest run took, and when one failed last, as the journal has it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_run(&mut self) -> Result<LastRun> {
        let log = self.log(Some(500))?;
        let at = |entry: &LogEntry| crate::value::parse_timestamp(&entry.at);
        let ended = log.iter().rev().find(|e| ["run_finished", "failed"].contains(&e.event.as_str()));
        let begun = ended.and_then(|end| log.iter().find(|e| e.run == end.run));
        let failed = log.iter().rev().find(|e| e.event == "failed");
        Ok(LastRun {
            seconds: begun.and_then(at).zip(ended.and_then(at)).map(|(a, b)| (b - a).as_seconds_f64()),
            failed_at: failed.and_then(at).map(time::OffsetDateTime::unix_timestamp),
        })
    }

    /// Works on the database in one transaction outside any migration: reference data, inspection. Nothing is recorded.
    ///
    /// # Errors
    /// The closure's; everything is rolled back then.
    pub fn transaction<T>(&mut self, mut work: impl FnMut(&mut Context<'_>) -> Result<T>) -> Result<T> {
        free_context(&mut self.db, &self.options, &mut work)
    }

    /// A digest of the content of every table but our own. Reads only.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn content(&mut self) -> Result<Vec<crate::inspect::TableDigest>> {
        self.transaction(crate::inspect::content)
    }
}
