//! Carrying a plan out: every step commits together with its record.

mod alone;
mod batch;
mod benchmark;
mod down;
mod free;
mod keys;
mod losses;
mod recreate;
mod refinery;
mod rust;
mod script;
mod side;
mod transact;
mod up;

pub(crate) use benchmark::EVENT as BENCHMARKED;
pub(crate) use free::{free_context, run_script};
pub(crate) use keys::EVENT as BROKEN_KEYS;
pub(crate) use transact::no_fence;

use crate::actor;
use crate::connect::redact;
use crate::db::{Begin, Bound, Database};
use crate::event::{Event, Observer};
use crate::migrator::deadline::{Overdue, if_overdue};
use crate::options::Options;
use crate::report::{MigrationReport, Report, StepReport};
use crate::set::RustMigration;
use crate::store::{Entry, Head, Store};
use crate::value::format_timestamp;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use switchback_plan::lock::LockFile;
use switchback_plan::words::plural;
use switchback_plan::{
    BodySource, Dialect, Direction, Error, ErrorKind, History, Location, MigrationSet, Plan,
    PlannedMigration, Progress, Result, Script, Step,
};
use time::OffsetDateTime;

/// One run: it holds the lock, and knows where the chain of records ends.
pub(crate) struct Run<'a> {
    pub db: &'a mut Database,
    pub store: Store,
    pub local: &'a MigrationSet,
    pub functions: &'a [RustMigration],
    /// Put before the relative paths of files in messages.
    pub root: &'a str,
    pub options: &'a Options,
    pub observer: &'a mut dyn Observer,
    /// All four tables were there.
    has_tables: bool,
    /// What was read under the lock.
    pub history: History,
    pub head: Head,
    /// The id that all rows of this run share.
    pub id: String,
    pub plan_digest: Option<String>,
    pub report: &'a mut Report,
    /// What is half-done, as the database has it (or will have it, once the open transaction commits).
    pub progress: Option<Progress>,
    /// The lock file, once something was looked up in it.
    pub lock: Option<LockFile>,
    /// The schema was not as expected when the run began, and the user said to go on.
    pub drifted: bool,
    /// Set once the run took longer than it may.
    pub overdue: Overdue,
    /// The row that begins the run, until a transaction has committed it.
    opening: Option<Entry>,
    /// The migration that runs is the last one: its last commit records the end of the run too.
    last: bool,
    /// The end of the run is recorded.
    ended: bool,
    actor: String,
    host: String,
    /// State to go back to when the open transaction is rolled back.
    saved: Option<(Option<Progress>, Head)>,
    /// Rows that the migration which runs has taken away, and put somewhere.
    books: losses::Books,
    /// What is timed before the migration that runs, and behind it.
    benchmarks: benchmark::Watch<'a>,
    /// Rows that broke foreign keys before the migration that runs, where the engine may not see to them.
    keys: keys::Before,
    /// What refinery was handed and will hand back to us.
    handed: Vec<usize>,
    failure: Option<Error>,
}

impl<'a> Run<'a> {
    /// A run over the state that was read under the lock.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        db: &'a mut Database,
        local: &'a MigrationSet,
        functions: &'a [RustMigration],
        root: &'a str,
        options: &'a Options,
        observer: &'a mut dyn Observer,
        report: &'a mut Report,
        state: crate::store::State,
    ) -> Run<'a> {
        let store = Store::new(db);
        Run {
            store,
            db,
            local,
            functions,
            root,
            options,
            observer,
            has_tables: state.tables.history && state.tables.own,
            progress: state.history.progress.clone(),
            history: state.history,
            head: state.head,
            id: uuid::Uuid::new_v4().to_string(),
            plan_digest: options.saved.as_ref().map(|saved| saved.digest.clone()),
            lock: None,
            drifted: false,
            overdue: Overdue::default(),
            report,
            opening: None,
            last: false,
            ended: false,
            actor: actor::user(),
            host: actor::host(),
            saved: None,
            books: losses::Books::default(),
            benchmarks: benchmark::Watch::default(),
            keys: keys::Before::new(),
            handed: Vec::new(),
            failure: None,
        }
    }

    /// Carries out a plan, migration by migration. What was committed before an error stays.
    pub fn carry_out(&mut self, plan: &Plan) -> Result<()> {
        // A saved plan is known by its own digest, which covers this one.
        self.plan_digest.get_or_insert_with(|| plan.digest.clone());
        self.opening = Some(self.opening(plan));
        // Where one transaction is all there is, the start is recorded with it: two commits less, and nothing to tell
        // about a run that was killed, for nothing of it remains.
        if !self.is_one_group(plan) {
            self.append_alone(None)?;
        }
        let done = match plan.direction {
            Direction::Up => self.up(&plan.migrations),
            Direction::Down => self.down(&plan.migrations),
        };
        match done {
            Ok(()) if self.ended => Ok(()),
            Ok(()) => self.append_alone(Some(self.entry("run_finished"))),
            Err(e) if e.kind() == ErrorKind::Moved => Err(e),
            Err(e) => {
                self.db.rollback();
                let e = if_overdue(e, &self.overdue, self.options.max_duration);
                let e = self.with_what_is_applied(e, plan);
                // Best effort: the error itself matters more than its record.
                let entry = Entry { detail: Some(redact(&e.to_string())), ..self.entry("failed") };
                if let Err(second) = self.append_alone(Some(entry)) {
                    tracing::debug!("the failure could not be recorded: {second}");
                }
                Err(e)
            }
        }
    }

    /// The row that begins a run.
    fn opening(&self, plan: &Plan) -> Entry {
        Entry {
            direction: Some(plan.direction),
            detail: Some(format!(
                "{}, from {} to {}{}",
                plural(plan.migrations.len(), "migration"),
                plan.from.map_or("nothing".to_owned(), |v| format!("version {v}")),
                plan.to.map_or("nothing".to_owned(), |v| format!("version {v}")),
                if self.drifted { ", the drift of the schema allowed" } else { "" }
            )),
            ..self.entry("run_started")
        }
    }

    /// In the run's first transaction: makes the tables; the record that the run begins.
    fn begin_run(&mut self) -> Result<Option<Bound>> {
        let Some(entry) = self.opening.clone() else { return Ok(None) };
        if !self.has_tables {
            self.make_tables()?;
        }
        Ok(Some(self.append(entry)))
    }

    /// In its last transaction: the record that it ends.
    fn end_run(&mut self) -> Option<Bound> {
        if !self.last {
            return None;
        }
        self.ended = true;
        Some(self.append(self.entry("run_finished")))
    }

    /// A row in a transaction of its own.
    pub fn append_alone(&mut self, entry: Option<Entry>) -> Result<()> {
        self.open(&self.begin_options(None), no_fence)?;
        match self.begin_run() {
            Ok(first) => {
                let second = entry.map(|entry| self.append(entry));
                let records: Vec<Bound> = first.into_iter().chain(second).collect();
                self.close(&records)
            }
            Err(e) => {
                self.abandon();
                Err(e)
            }
        }
    }

    /// A row with everything that all rows have.
    pub fn entry(&self, event: &'static str) -> Entry {
        Entry {
            event,
            at: format_timestamp(self.now()),
            run: self.id.clone(),
            actor: self.actor.clone(),
            host: self.host.clone(),
            tool: self.options.tool.clone(),
            plan: self.plan_digest.clone(),
            ..Entry::default()
        }
    }

    /// Chains a row behind the newest one.
    pub fn append(&mut self, mut entry: Entry) -> Bound {
        entry.id = self.head.id + 1;
        entry.prev.clone_from(&self.head.hash);
        let (head, record) = self.store.append(&entry);
        self.head = head;
        record
    }

    /// The time, which a proof can fix.
    pub fn now(&self) -> OffsetDateTime {
        self.options.clock.unwrap_or_else(OffsetDateTime::now_utc)
    }

    /// How transactions begin here, with the lock timeout of a step or migration.
    pub fn begin_options(&self, lock_timeout: Option<Duration>) -> Begin {
        Begin {
            lock_timeout: lock_timeout.unwrap_or(self.options.lock_timeout),
            busy_timeout: self.options.lock_wait,
            ..Begin::default()
        }
    }

    /// Stops here when the user wants that.
    pub fn check_interrupt(&self) -> Result<()> {
        if self.options.interrupt.load(Ordering::Relaxed) {
            return Err(crate::db::interrupted());
        }
        Ok(())
    }

    /// An error of a statement, at its place in its file.
    pub fn locate(&self, script: &Script, failed: crate::db::Failed) -> Error {
        let kind = match failed.error.kind() {
            ErrorKind::Database => ErrorKind::Statement,
            other => other,
        };
        if matches!(kind, ErrorKind::Interrupted | ErrorKind::Connection) {
            return failed.error;
        }
        let mut error = Error::new(kind, redact(failed.error.message()));
        if let Some(offset) = failed.offset {
            let mut place = Location::in_text(self.path(&script.file), &script.text, offset);
            let shown = self.options.sensitive.without_literals(self.local.dialect, &script.text);
            if let Some(line) = place.line.and_then(|line| shown.lines().nth(line.saturating_sub(1))) {
                place.source_line = Some(line.to_owned());
            }
            error = error.at(place);
        } else {
            error = error.at(Location::file(self.path(&script.file)));
        }
        if let Some(code) = failed.error.server_code() {
            error = error.code(code);
        }
        match failed.error.what_next() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    /// A file's path as a person would write it.
    pub fn path(&self, file: &str) -> String {
        if self.root.is_empty() {
            file.to_owned()
        } else {
            format!("{}/{file}", self.root.trim_end_matches('/'))
        }
    }

    /// Says what stands after an error.
    fn with_what_is_applied(&self, e: Error, plan: &Plan) -> Error {
        let done: Vec<String> =
            self.report.migrations.iter().map(|m| format!("V{}__{}", m.version, m.name)).collect();
        let verb = match plan.direction {
            Direction::Up => "applied",
            Direction::Down => "undone",
        };
        let complete = match done.as_slice() {
            [] => format!("no migration of this run is {verb}"),
            [one] => format!("{one} is {verb}"),
            [first, .., last] => format!("{} migrations are {verb} ({first} to {last})", done.len()),
        };
        let half = match &self.progress {
            Some(p) if !p.standing.is_empty() || p.current.is_some() => {
                format!(
                    ", V{}__{} is half applied ({} of its steps stand)",
                    p.version,
                    p.name,
                    p.standing.len()
                )
            }
            // A COMMIT may have arrived although its answer did not.
            _ if e.kind() == ErrorKind::Connection && self.db.dialect() == Dialect::Postgres => {
                ", and of what was under way the server kept all or nothing: `status` shows which".to_owned()
            }
            Some(_) | None => ", what failed is rolled back".to_owned(),
        };
        let hint = e.what_next().map(str::to_owned);
        let e = e.applied(format!("{complete}{half}"));
        match hint {
            Some(_) => e,
            None => {
                e.hint("mend the cause, then run the same command again: it goes on where this one stopped")
            }
        }
    }

    /// Tells the observer.
    pub fn tell(&mut self, event: &Event<'_>) {
        self.observer.event(event);
    }

    /// The report of the migration that is running.
    fn current_report(&mut self) -> Option<&mut MigrationReport> {
        self.report.migrations.last_mut()
    }

    /// Adds a finished step to the report and tells it.
    fn step_done(&mut self, report: StepReport) {
        self.observer.event(&Event::StepFinished { report: &report });
        if let Some(migration) = self.current_report() {
            if migration.steps.is_empty() {
                // Most have one: a vector that grows by itself begins with room for four.
                migration.steps.reserve_exact(1);
            }
            migration.steps.push(report);
        }
    }

    /// Runs one migration with the events and the report entry around it.
    fn with_report(
        &mut self,
        planned: &PlannedMigration,
        place: (Direction, usize, usize),
        work: &mut dyn FnMut(&mut Run<'a>) -> Result<()>,
    ) -> Result<()> {
        let (direction, index, total) = place;
        let label = format!("V{}__{}", planned.version, planned.name);
        self.tell(&Event::MigrationStarted { label: &label, direction, index, total });
        self.report.migrations.push(MigrationReport {
            version: planned.version,
            name: planned.name.clone(),
            ..MigrationReport::default()
        });
        self.open_books();
        self.benchmarks = benchmark::Watch::default();
        let start = Instant::now();
        match work(self) {
            Ok(()) => {
                let benchmarks = self.benchmark_reports();
                if let Some(migration) = self.current_report() {
                    migration.benchmarks = benchmarks;
                }
                self.tell(&Event::MigrationFinished {
                    label: &label,
                    direction,
                    seconds: start.elapsed().as_secs_f64(),
                });
                Ok(())
            }
            Err(e) => {
                // Only what was committed as a whole stands in the report.
                self.report.migrations.pop();
                Err(e)
            }
        }
    }
}

/// The names of a script's steps.
fn names(steps: &[Step]) -> Vec<String> {
    steps.iter().map(|s| s.name.clone()).collect()
}

/// True when the planned text lies in the set's own files.
fn from_files(planned: &PlannedMigration) -> bool {
    matches!(planned.source, BodySource::Files)
}
