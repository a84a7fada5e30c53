//! Migrations in Rust: the transactions behind [`Context`].

use super::side::{Advance, Finish, Side};
use super::transact::Attempts;
use super::{Run, no_fence};
use crate::context::{Batches, Context, Host};
use crate::db::{Bound, Database};
use crate::report::{Change, StepReport};
use crate::store::{key_from_text, key_to_text};
use crate::value::{Row, Value};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::time::Instant;
use switchback_plan::quote::{ident, qualified};
use switchback_plan::{Batch, Body, Current, Direction, Error, ErrorKind, Migration, Result, Script};
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
        self.run.run_checks(self.side.checks)?;
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
        }
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
        Ok(())
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
        Ok(true)
    }

    fn commit_step(&mut self, name: &str) -> Result<()> {
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
        if !self.wanted(b.step)? {
            return Ok(0);
        }
        let batch = Batch { table: b.table.to_owned(), key: b.key.to_owned(), size: b.size.max(1) };
        self.run.db.check_batch_key(&batch)?;
        let mut current = self.resumed(b)?;
        let limit = current.limit.as_deref().and_then(key_from_text);
        let total = self.run.count(&batch, None, limit.as_ref())?;
        self.run.tell(&crate::event::Event::StepStarted { step: b.step, rows: Some(total) });
        let start = Instant::now();
        let mut done: Vec<super::batch::Done> = current
            .cursor
            .as_deref()
            .and_then(key_from_text)
            .map(|upto| super::batch::Done { after: None, upto, rows: current.rows })
            .into_iter()
            .collect();
        let mut after = current.cursor.as_deref().and_then(key_from_text);
        let turned_back = current.limit.is_some();
        while let Some((upto, rows)) =
            self.one_batch(&batch, b, &mut current, (after.as_ref(), limit.as_ref()), true, work)?
        {
            done.push(super::batch::Done { after, upto: upto.clone(), rows });
            after = Some(upto);
            self.run.tell(&crate::event::Event::Batch {
                rows: current.rows,
                total: Some(total.max(current.rows)),
            });
        }
        self.sweep_batches(&batch, b, &mut done, &mut current, work)?;
        self.started = start;
        let how = self.run.begin_options(self.side.lock_timeout);
        self.run.open(&how, no_fence)?;
        self.open = Open::Step;
        if turned_back {
            // Undone over the keys that the half-done step of the other direction had reached.
            let records = self.run.advance(&self.side, Advance::TurnedBack)?;
            self.run.close(&records)?;
            self.open = Open::Nothing;
            return if self.wanted(b.step)? { self.batches(b, work) } else { Ok(current.rows) };
        }
        if self.changes.is_empty() {
            self.changes.push(Change { what: format!("batches of {}", b.table), rows: Some(current.rows) });
        }
        self.commit_step(b.step)?;
        Ok(current.rows)
    }
}

/// The range of one batch: behind the first key, up to the second.
type Bounds<'v> = (Option<&'v Value>, Option<&'v Value>);

impl RustRun<'_, '_> {
    /// Where this step stands: at its beginning, behind a cursor, or to be turned back over what was done the other way.
    fn resumed(&self, b: &Batches<'_>) -> Result<Current> {
        let fresh = |limit: Option<String>| Current {
            step: b.step.to_owned(),
            direction: self.side.direction,
            started: false,
            cursor: None,
            limit,
            rows: 0,
        };
        match self.run.progress.as_ref().and_then(|p| p.current.clone()).filter(|c| c.step == b.step) {
            None => Ok(fresh(None)),
            Some(c) if c.direction == self.side.direction => Ok(c),
            Some(c) if c.limit.is_some() => Ok(fresh(None)),
            Some(c) => Ok(fresh(c.cursor)),
        }
    }

    /// One transaction: the rows, the work, the cursor. `None` when there are no more rows.
    fn one_batch(
        &mut self,
        batch: &Batch,
        b: &Batches<'_>,
        current: &mut Current,
        (after, limit): Bounds<'_>,
        moves: bool,
        work: &mut dyn FnMut(&mut Context<'_>, &[Row]) -> Result<()>,
    ) -> Result<Option<(Value, u64)>> {
        let mut attempts = Attempts::default();
        loop {
            self.run.check_interrupt()?;
            let how = self.run.begin_options(self.side.lock_timeout);
            self.run.open(&how, no_fence)?;
            self.open = Open::Step;
            let mut next = current.clone();
            let changes = self.changes.len();
            let tried = self.work_on(batch, b, (after, limit), work).and_then(|worked| {
                let Some((upto, rows)) = worked else {
                    self.abandon();
                    return Ok(None);
                };
                if moves {
                    next.cursor = Some(key_to_text(&upto));
                    next.rows += rows;
                }
                let records = self.run.advance(&self.side, Advance::Half(next.clone()))?;
                self.run.close(&records)?;
                self.open = Open::Nothing;
                Ok(Some((upto, rows)))
            });
            match tried {
                Ok(Some(done)) => {
                    *current = next;
                    return Ok(Some(done));
                }
                Ok(None) => return Ok(None),
                Err(e) => {
                    self.abandon();
                    self.changes.truncate(changes);
                    self.run.pause_or_fail(e, &mut attempts)?;
                }
            }
        }
    }

    fn work_on(
        &mut self,
        batch: &Batch,
        b: &Batches<'_>,
        (after, limit): Bounds<'_>,
        work: &mut dyn FnMut(&mut Context<'_>, &[Row]) -> Result<()>,
    ) -> Result<Option<(Value, u64)>> {
        let Some(range) = self.run.db.next_range(batch, after, limit)? else { return Ok(None) };
        let columns: Vec<String> = b.columns.iter().map(|c| ident(c)).collect();
        let key = ident(b.key);
        let list = if columns.is_empty() { key.clone() } else { columns.join(", ") };
        let rows = self.run.db.query(
            &format!(
                "SELECT {list} FROM {} WHERE {key} BETWEEN $1 AND $2 ORDER BY {key}",
                qualified(b.table)
            ),
            &[range.from, range.upto.clone()],
        )?;
        let count = rows.len() as u64;
        work(&mut Context::new(self), &rows)?;
        Ok(Some((range.upto, count)))
    }

    fn sweep_batches(
        &mut self,
        batch: &Batch,
        b: &Batches<'_>,
        done: &mut [super::batch::Done],
        current: &mut Current,
        work: &mut dyn FnMut(&mut Context<'_>, &[Row]) -> Result<()>,
    ) -> Result<()> {
        // The ranges to do again are collected first: the sweep borrows the run, the work needs it as well.
        for _ in 0..3 {
            let mut again: Vec<(Option<Value>, Value)> = Vec::new();
            self.run.sweep_once(batch, done, &mut again)?;
            if again.is_empty() {
                return Ok(());
            }
            for (mut after, upto) in again {
                while let Some((reached, _)) =
                    self.one_batch(batch, b, current, (after.as_ref(), Some(&upto)), false, work)?
                {
                    after = Some(reached);
                }
            }
        }
        Ok(())
    }
}

impl<'a> Run<'a> {
    /// The done ranges whose counts differ now; their counts are set to what they are.
    fn sweep_once(
        &mut self,
        batch: &Batch,
        done: &mut [super::batch::Done],
        again: &mut Vec<(Option<Value>, Value)>,
    ) -> Result<()> {
        let Some(end) = done.last().map(|d| d.upto.clone()) else { return Ok(()) };
        let expected: u64 = done.iter().map(|d| d.rows).sum();
        if self.count(batch, None, Some(&end))? == expected {
            return Ok(());
        }
        for range in done.iter_mut() {
            let now = self.count(batch, range.after.as_ref(), Some(&range.upto))?;
            if now != range.rows {
                range.rows = now;
                again.push((range.after.clone(), range.upto.clone()));
            }
        }
        Ok(())
    }
}

/// A context for work that is no migration (reference data, inspection): one transaction, nothing recorded.
pub(crate) fn free_context<T>(
    db: &mut Database,
    options: &crate::options::Options,
    work: &mut dyn FnMut(&mut Context<'_>) -> Result<T>,
) -> Result<T> {
    let how = crate::db::Begin {
        lock_timeout: options.lock_timeout,
        busy_timeout: options.lock_wait,
        foreign_keys_off: false,
    };
    db.begin(&how, &[])?;
    let mut free = Free {
        db,
        random: options.seed.map_or_else(StdRng::from_os_rng, StdRng::seed_from_u64),
        now: options.clock.unwrap_or_else(OffsetDateTime::now_utc),
        set: &options.set,
    };
    let done = work(&mut Context::new(&mut free));
    match done {
        Ok(value) => db.commit(&Vec::<Bound>::new()).map(|()| value),
        Err(e) => {
            db.rollback();
            Err(e)
        }
    }
}

struct Free<'f> {
    db: &'f mut Database,
    random: StdRng,
    now: OffsetDateTime,
    set: &'f [(String, String)],
}

fn only_in_migrations() -> Error {
    Error::new(ErrorKind::Unsupported, "steps and batches exist only inside a migration")
}

impl Host for Free<'_> {
    fn db(&mut self) -> Result<&mut Database> {
        Ok(self.db)
    }
    fn dialect(&self) -> switchback_plan::Dialect {
        self.db.dialect()
    }
    fn option(&self, name: &str) -> Option<&str> {
        self.set.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    fn now(&self) -> OffsetDateTime {
        self.now
    }
    fn random(&mut self) -> u64 {
        self.random.random()
    }
    fn change(&mut self, _change: Change) {}
    fn details(&mut self, _details: serde_json::Value) {}
    fn progress(&mut self, _done: u64, _total: Option<u64>) {}
    fn begin_step(&mut self, _name: &str) -> Result<bool> {
        Err(only_in_migrations())
    }
    fn commit_step(&mut self, _name: &str) -> Result<()> {
        Err(only_in_migrations())
    }
    fn abandon(&mut self) {}
    fn pause_or_fail(&mut self, e: Error, _attempts: &mut u32) -> Result<()> {
        Err(e)
    }
    fn batches(
        &mut self,
        _b: &Batches<'_>,
        _work: &mut dyn FnMut(&mut Context<'_>, &[Row]) -> Result<()>,
    ) -> Result<u64> {
        Err(only_in_migrations())
    }
}
