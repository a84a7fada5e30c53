//! Migrations in Rust: the transactions behind [`Context`].

mod batches;

use super::losses::Taker;
use super::side::{Advance, Finish, Side};
use super::transact::Attempts;
use super::{Run, no_fence};
use crate::context::{Batches, Context, Host};
use crate::db::Database;
use crate::report::{Change, LossReport, StepReport};
use crate::value::Row;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::time::Instant;
use switchback_plan::losing::Losing;
use switchback_plan::{Body, Direction, Error, ErrorKind, Migration, Result, Script};
use time::OffsetDateTime;

/// What runs between the transactions of a Rust migration.
struct RustRun<'r, 'a> {
    run: &'r mut Run<'a>,
    side: Side<'r>,
    options: Vec<(String, String)>,
    random: StdRng,
    now: OffsetDateTime,
    /// What is open.
    open: Open,
    /// Steps that were finished or found finished: once there is one, nothing may be written outside a step.
    stepped: bool,
    changes: Vec<Change>,
    losses: Vec<LossReport>,
    details: Option<serde_json::Value>,
    started: Instant,
    /// Going down a migration that was applied as a whole: a step that the up did not have is a mistake.
    whole: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    /// The whole migration in one transaction.
    Whole,
    Step,
}

impl<'a> Run<'a> {
    pub(super) fn rust_up(&mut self, m: &'a Migration, insert: &str) -> Result<()> {
        self.rust(m, Direction::Up, Finish::Applied { insert, down: &m.down })
    }

    pub(super) fn rust_down(&mut self, m: &'a Migration) -> Result<()> {
        self.rust(m, Direction::Down, Finish::Undone)
    }

    fn rust(&mut self, m: &'a Migration, direction: Direction, finish: Finish<'_>) -> Result<()> {
        let Body::Rust(body) = &m.up else {
            return Err(Error::new(ErrorKind::Unsupported, format!("{} mixes SQL and Rust", m.label())));
        };
        let missing = || {
            Error::new(ErrorKind::Unsupported, format!("this program was not compiled with {}", m.label()))
        };
        let functions = self.functions.iter().find(|f| f.file == body.file).ok_or_else(missing)?;
        let function = match direction {
            Direction::Up => functions.up,
            Direction::Down => functions.down.ok_or_else(missing)?,
        };
        let recorded = match &self.progress {
            Some(p) if p.version == m.version => p.steps.clone(),
            Some(_) | None => self.history.get(m.version).map(|a| a.steps.clone()).unwrap_or_default(),
        };
        // Records name a script; a Rust side has none but its digest.
        let script = Script {
            file: body.file.clone(),
            text: "".into(),
            sha256: match (direction, m.down.body()) {
                (Direction::Up, _) | (Direction::Down, None) => m.up.sha256().to_owned(),
                (Direction::Down, Some(down)) => down.sha256().to_owned(),
            },
            steps: Vec::new(),
            foreign_keys_off: false,
        };
        let whole = direction == Direction::Down && self.progress.is_none();
        let seed = self.options.seed.map(|s| s.wrapping_add(m.version.unsigned_abs()));
        let now = self.now();
        let options = m
            .settings
            .options
            .iter()
            .filter(|(name, _)| !self.options.set.iter().any(|(n, _)| n == name))
            .chain(&self.options.set)
            .cloned()
            .collect();
        let side = Side {
            direction,
            version: m.version,
            name: &m.name,
            script: &script,
            other: None,
            up_sha256: m.up.sha256(),
            up_steps: recorded,
            lock_timeout: m.settings.lock_timeout,
            checks: match direction {
                Direction::Up => m.checks.as_ref(),
                Direction::Down => None,
            },
            finish,
        };
        let mut host = RustRun {
            run: self,
            side,
            options,
            random: seed.map_or_else(StdRng::from_os_rng, StdRng::seed_from_u64),
            now,
            open: Open::Nothing,
            stepped: false,
            changes: Vec::new(),
            losses: Vec::new(),
            details: None,
            started: Instant::now(),
            whole,
        };
        host.drive(function)
    }
}

impl RustRun<'_, '_> {
    fn drive(&mut self, function: crate::set::RustFn) -> Result<()> {
        let mut attempts = Attempts::default();
        loop {
            let tried = function(&mut Context::new(self)).and_then(|()| self.end());
            match tried {
                Ok(()) => return Ok(()),
                Err(e) => {
                    let whole = self.open == Open::Whole;
                    self.abandon();
                    self.changes.clear();
                    self.losses.clear();
                    // Only a migration that is one transaction can start over as a whole.
                    if !whole || self.stepped {
                        return Err(self.locate(e));
                    }
                    self.run.pause_or_fail(e, &mut attempts).map_err(|e| self.locate(e))?;
                }
            }
        }
    }

    /// Names the file of a failure in Rust.
    fn locate(&self, e: Error) -> Error {
        match (e.kind(), e.location()) {
            (ErrorKind::Interrupted | ErrorKind::Moved | ErrorKind::Connection, _) | (_, Some(_)) => e,
            (_, None) => e.at(switchback_plan::Location::file(self.run.path(&self.side.script.file))),
        }
    }

    /// Commits what is open, with the end of the migration.
    fn end(&mut self) -> Result<()> {
        if self.open == Open::Nothing {
            let how = self.run.begin_options(self.side.lock_timeout);
            self.run.open(&how, no_fence)?;
            self.open = Open::Whole;
        }
        let standing = self.run.progress.as_ref().map(|p| p.standing.clone()).unwrap_or_default();
        if self.side.direction == Direction::Down && !self.whole && !standing.is_empty() {
            return Err(Error::new(
                ErrorKind::HalfDone,
                format!("step {} stands, and the way down has no step of that name", standing.join(", ")),
            )
            .hint("give `down` a step for each step of `up`, by the same name; `up` still goes on"));
        }
        self.settle()?;
        self.run.run_checks(self.side.checks)?;
        self.run.time_after()?;
        let report = self.step_report("main");
        let entry = self.run.side_entry(&self.side, None, &report);
        let mut records = vec![self.run.append(entry)];
        records.extend(self.run.advance(&self.side, Advance::End)?);
        if self.side.direction == Direction::Up {
            records.push(self.run.store.update_undo_steps(self.side.version, &standing));
        }
        self.run.close(&records)?;
        self.open = Open::Nothing;
        if !self.stepped || !report.changes.is_empty() {
            self.run.step_done(report);
        }
        let details = self.details.take();
        if let Some(migration) = self.run.current_report() {
            migration.details = details;
        }
        Ok(())
    }

    fn step_report(&mut self, name: &str) -> StepReport {
        StepReport {
            name: name.to_owned(),
            seconds: self.started.elapsed().as_secs_f64(),
            changes: std::mem::take(&mut self.changes),
            losses: std::mem::take(&mut self.losses),
        }
    }

    /// What the open transaction has taken away, before it commits.
    fn settle(&mut self) -> Result<()> {
        let lost = self.run.losses(&Taker::of(&self.side, None))?;
        super::losses::add(&mut self.losses, lost);
        Ok(())
    }

    /// A write outside a step: the whole migration is one transaction, or it is a mistake.
    fn outside(&mut self) -> Result<()> {
        if self.open != Open::Nothing {
            return Ok(());
        }
        if self.stepped || self.run.progress.is_some() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "{} works on the database outside its steps; after a kill that would run twice",
                    self.side.name
                ),
            )
            .hint("put all statements of a migration that has steps into steps (`ctx.step(\"name\", …)`)"));
        }
        let how = self.run.begin_options(self.side.lock_timeout);
        self.run.open(&how, no_fence)?;
        self.open = Open::Whole;
        self.run.watch(Losing::Directly)
    }

    /// Whether a step is to run now.
    fn wanted(&mut self, name: &str) -> Result<bool> {
        if self.open != Open::Nothing {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "step {name} begins while {} is open",
                    if self.open == Open::Step { "another step" } else { "work outside a step" }
                ),
            )
            .hint("steps follow one another; put what comes before the first step into a step as well"));
        }
        self.stepped = true;
        let stands = self.run.progress.as_ref().map(|p| p.standing.iter().any(|s| s == name));
        match self.side.direction {
            // A step whose undoing was begun still stands, and must be done again where it was undone.
            Direction::Up => Ok(!stands.unwrap_or(false) || self.is_current(name)),
            Direction::Down => match stands {
                Some(stands) => Ok(stands || self.is_current(name)),
                None if self.side.up_steps.iter().any(|s| s == name) => Ok(true),
                None => Err(Error::new(
                    ErrorKind::Unsupported,
                    format!("the way down has a step {name}, which the way up did not have"),
                )
                .hint("steps of a down bear the names of the steps of the up that they undo")),
            },
        }
    }

    fn is_current(&self, name: &str) -> bool {
        self.run.progress.as_ref().and_then(|p| p.current.as_ref()).is_some_and(|c| c.step == name)
    }
}

impl Host for RustRun<'_, '_> {
    fn db(&mut self) -> Result<&mut Database> {
        self.run.check_interrupt()?;
        self.outside()?;
        Ok(self.run.db)
    }

    fn dialect(&self) -> switchback_plan::Dialect {
        self.run.db.dialect()
    }

    fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    fn now(&self) -> OffsetDateTime {
        self.now
    }

    fn random(&mut self) -> u64 {
        self.random.random()
    }

    fn change(&mut self, change: Change) {
        self.changes.push(change);
    }

    fn details(&mut self, details: serde_json::Value) {
        self.details = Some(details);
    }

    fn progress(&mut self, done: u64, total: Option<u64>) {
        self.run.tell(&crate::event::Event::Batch { rows: done, total });
    }

    fn begin_step(&mut self, name: &str) -> Result<bool> {
        if !self.wanted(name)? {
            return Ok(false);
        }
        self.run.check_interrupt()?;
        self.run.tell(&crate::event::Event::StepStarted { step: name, rows: None });
        let how = self.run.begin_options(self.side.lock_timeout);
        self.started = Instant::now();
        self.run.open(&how, no_fence)?;
        self.open = Open::Step;
        self.run.watch(Losing::Directly)?;
        Ok(true)
    }

    fn commit_step(&mut self, name: &str) -> Result<()> {
        self.settle()?;
        let report = self.step_report(name);
        if self.side.direction == Direction::Up && !self.side.up_steps.iter().any(|s| s == name) {
            self.side.up_steps.push(name.to_owned());
        }
        let mut records = self.run.finish_step(&self.side, name, false, &report)?;
        if self.side.direction == Direction::Up {
            records.push(self.run.store.update_undo_steps(self.side.version, &self.side.up_steps));
        }
        self.run.close(&records)?;
        self.open = Open::Nothing;
        self.run.step_done(report);
        Ok(())
    }

    fn abandon(&mut self) {
        if self.open != Open::Nothing {
            self.open = Open::Nothing;
            self.run.abandon();
        }
    }

    fn pause_or_fail(&mut self, e: Error, attempts: &mut u32) -> Result<()> {
        let mut tries = Attempts::from(*attempts);
        let outcome = self.run.pause_or_fail(e, &mut tries);
        *attempts = tries.count();
        outcome
    }

    fn batches(
        &mut self,
        b: &Batches<'_>,
        work: &mut dyn FnMut(&mut Context<'_>, &[Row]) -> Result<()>,
    ) -> Result<u64> {
        self.run_batches(b, work)
    }
}
