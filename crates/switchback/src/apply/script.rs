//! The steps of a SQL side, one after the other.

use super::Run;
use super::side::{Advance, Finish, Side};
use crate::event::Event;
use crate::report::{Change, StepReport};
use crate::store::{key_from_text, key_to_text};
use crate::value::Value;
use std::time::Instant;
use switchback_plan::plan::{pair_steps, rangeable};
use switchback_plan::{Current, Direction, Error, ErrorKind, Location, Mode, Result, Script, Step};

impl<'a> Run<'a> {
    /// Runs what is still to be done of a side, and records the end with the last step.
    pub(super) fn run_side(&mut self, side: &Side<'_>) -> Result<()> {
        self.turn_around(side)?;
        let todo = self.todo(side)?;
        if todo.is_empty() {
            return self.end_side(side);
        }
        let count = todo.len();
        for (i, (step, name)) in todo.into_iter().enumerate() {
            self.check_interrupt()?;
            let report = self.run_any_step(side, step, &name, i + 1 == count)?;
            self.step_done(report);
        }
        Ok(())
    }

    /// The steps that are still to run, each with the name of the up's step that it does or undoes.
    fn todo<'s>(&self, side: &Side<'s>) -> Result<Vec<(&'s Step, String)>> {
        let steps = &side.script.steps;
        let own = |step: &'s Step| (step, step.name.clone());
        let Some(progress) = &self.progress else {
            return Ok(match side.direction {
                Direction::Up => steps.iter().map(own).collect(),
                Direction::Down => {
                    let down: Vec<&str> = steps.iter().map(|s| s.name.as_str()).collect();
                    match pair_steps(&side.up_steps, &down) {
                        Some(names) => steps.iter().zip(names).map(|(s, n)| (s, n.to_owned())).collect(),
                        None => steps.iter().map(own).collect(),
                    }
                }
            });
        };
        let stands = |name: &str| progress.standing.iter().any(|s| s == name);
        match side.direction {
            Direction::Up => Ok(steps.iter().filter(|s| !stands(&s.name)).map(own).collect()),
            Direction::Down if progress.locked == Some(Direction::Down) => {
                Ok(steps.iter().filter(|s| stands(&s.name)).map(own).collect())
            }
            Direction::Down => {
                let down: Vec<&str> = steps.iter().map(|s| s.name.as_str()).collect();
                let names = pair_steps(&side.up_steps, &down).ok_or_else(|| unequal(side))?;
                Ok(steps
                    .iter()
                    .zip(names)
                    .filter(|(_, name)| stands(name))
                    .map(|(step, name)| (step, name.to_owned()))
                    .collect())
            }
        }
    }

    /// A half-done step of the other direction is turned back over the same keys, or else first completed: then what
    /// is undone is exactly what was done.
    fn turn_around(&mut self, side: &Side<'_>) -> Result<()> {
        let Some(current) = self.progress.as_ref().and_then(|p| p.current.clone()) else { return Ok(()) };
        if current.direction == side.direction {
            return Ok(());
        }
        let down: Vec<&str> = match side.direction {
            Direction::Down => side.script.steps.iter().map(|s| s.name.as_str()).collect(),
            Direction::Up => {
                side.other.map(|o| o.steps.iter().map(|s| s.name.as_str()).collect()).unwrap_or_default()
            }
        };
        let pairs = pair_steps(&side.up_steps, &down).ok_or_else(|| unequal(side))?;
        // The step of this side that belongs to the half-done one of the other.
        let mine = match side.direction {
            Direction::Down => pairs.iter().position(|up| *up == current.step),
            Direction::Up => down
                .iter()
                .position(|d| *d == current.step)
                .and_then(|j| side.script.steps.iter().position(|s| s.name == pairs[j])),
        }
        .and_then(|i| side.script.steps.get(i));
        let theirs = side.other.and_then(|o| o.steps.iter().find(|s| s.name == current.step));
        if current.cursor.is_none() {
            return self.forget_half(side);
        }
        match (mine, theirs, side.other) {
            (Some(mine), Some(theirs), _) if rangeable(mine, theirs) => {
                let limit = match current.limit {
                    // Turned round a second time: only the whole range is certain.
                    Some(_) => None,
                    None => current.cursor.clone(),
                };
                let report = self.run_batch_step(
                    side,
                    mine,
                    Current {
                        step: mine.name.clone(),
                        direction: side.direction,
                        started: false,
                        cursor: None,
                        limit,
                        rows: 0,
                    },
                    None,
                )?;
                self.step_done(report);
                Ok(())
            }
            (_, Some(theirs), Some(script)) => self.complete_first(side, script, theirs, current),
            _ => Err(Error::new(
                ErrorKind::HalfDone,
                format!(
                    "step {} of V{}__{} is half-done, and its text is not here",
                    current.step, side.version, side.name
                ),
            )
            .hint("run this from the release that has the migration's files unchanged")),
        }
    }

    /// Nothing of the half-done step was committed.
    fn forget_half(&mut self, side: &Side<'_>) -> Result<()> {
        let how = self.begin_options(side.lock_timeout);
        self.transact(&how, &mut |run| Ok(((), run.advance(side, Advance::TurnedBack)?)))
    }

    /// Finishes a half-done step in its own direction.
    fn complete_first(
        &mut self,
        side: &Side<'_>,
        script: &Script,
        step: &Step,
        current: Current,
    ) -> Result<()> {
        let name = match current.direction {
            Direction::Up => step.name.clone(),
            Direction::Down => {
                let down: Vec<&str> = script.steps.iter().map(|s| s.name.as_str()).collect();
                let at = down.iter().position(|d| *d == step.name).unwrap_or_default();
                pair_steps(&side.up_steps, &down).map_or_else(|| step.name.clone(), |p| p[at].to_owned())
            }
        };
        let other = Side {
            direction: current.direction,
            script,
            other: Some(side.script),
            up_steps: side.up_steps.clone(),
            checks: None,
            // Never the last step: what comes behind it is this side's.
            finish: Finish::Undone,
            ..*side
        };
        let report = self.run_any_step(&other, step, &name, false).map_err(|e| {
            e.hint(format!(
                "step {} is half-done and cannot be turned back over a range of keys, so it is completed first; mend the cause and run the same command again",
                step.name
            ))
        })?;
        self.step_done(report);
        Ok(())
    }

    /// Every step was done before; only the end is to be recorded.
    fn end_side(&mut self, side: &Side<'_>) -> Result<()> {
        let how = self.begin_options(side.lock_timeout);
        self.transact(&how, &mut |run| {
            run.run_checks(side.checks)?;
            let report = StepReport { name: "end".to_owned(), ..StepReport::default() };
            let entry = run.side_entry(side, None, &report);
            let mut records = vec![run.append(entry)];
            records.extend(run.advance(side, Advance::End)?);
            Ok(((), records))
        })
    }

    fn run_any_step(&mut self, side: &Side<'_>, step: &Step, name: &str, last: bool) -> Result<StepReport> {
        match &step.mode {
            Mode::Transaction => self.run_transaction_step(side, step, name, last),
            Mode::NoTransaction => self.run_alone_step(side, step, name, last),
            Mode::Batch(_) => {
                let resumed = self.progress.as_ref().and_then(|p| p.current.clone());
                let current = resumed
                    .filter(|c| c.step == step.name && c.direction == side.direction)
                    .unwrap_or(Current {
                        step: step.name.clone(),
                        direction: side.direction,
                        started: false,
                        cursor: None,
                        limit: None,
                        rows: 0,
                    });
                // A half-done turn-round that was interrupted ends as one.
                let finish = current.limit.is_none().then_some((name, last));
                let report = self.run_batch_step(side, step, current, finish)?;
                match finish {
                    Some(_) => Ok(report),
                    None => {
                        self.step_done(report);
                        self.run_any_step(side, step, name, last)
                    }
                }
            }
        }
    }

    fn run_transaction_step(
        &mut self,
        side: &Side<'_>,
        step: &Step,
        name: &str,
        last: bool,
    ) -> Result<StepReport> {
        let mut how = self.begin_options(step.lock_timeout.or(side.lock_timeout));
        how.foreign_keys_off = side.script.foreign_keys_off;
        self.tell(&Event::StepStarted { step: &step.name, rows: None });
        self.transact(&how, &mut |run| {
            let start = Instant::now();
            let changes = run.db.run_step(side.script, step).map_err(|f| run.locate(side.script, f))?;
            if last {
                run.run_checks(side.checks)?;
            }
            let report =
                StepReport { name: step.name.clone(), seconds: start.elapsed().as_secs_f64(), changes };
            let records = run.finish_step(side, name, last, &report)?;
            Ok((report, records))
        })
    }

    /// The records of a finished step.
    pub(super) fn finish_step(
        &mut self,
        side: &Side<'_>,
        name: &str,
        last: bool,
        report: &StepReport,
    ) -> Result<Vec<crate::db::Bound>> {
        let entry = self.side_entry(side, None, report);
        let mut records = vec![self.append(entry)];
        records.extend(self.advance(side, Advance::Step { name, last })?);
        Ok(records)
    }

    /// Started is recorded before, finished after. An error that the server reports leaves the number of finished
    /// statements; only a process or server that died leaves "started".
    fn run_alone_step(&mut self, side: &Side<'_>, step: &Step, name: &str, last: bool) -> Result<StepReport> {
        self.tell(&Event::StepStarted { step: &step.name, rows: None });
        let how = self.begin_options(step.lock_timeout.or(side.lock_timeout));
        let resumed = self.progress.as_ref().and_then(|p| p.current.clone());
        let done = resumed
            .filter(|c| c.step == step.name && c.direction == side.direction)
            .and_then(|c| c.cursor.as_deref().and_then(key_from_text));
        let first = match done {
            Some(Value::Int(n)) => usize::try_from(n).unwrap_or_default(),
            Some(_) | None => 0,
        };
        let half = |started: bool, finished: usize| Current {
            step: step.name.clone(),
            direction: side.direction,
            started,
            cursor: (finished > 0)
                .then(|| key_to_text(&Value::Int(i64::try_from(finished).unwrap_or_default()))),
            limit: None,
            rows: 0,
        };
        self.transact(&how, &mut |run| {
            let report = StepReport { name: step.name.clone(), ..StepReport::default() };
            let entry = run.side_entry(side, Some("step_started"), &report);
            let mut records = vec![run.append(entry)];
            records.extend(run.advance(side, Advance::Half(half(true, first)))?);
            Ok(((), records))
        })?;
        let start = Instant::now();
        let mut changes: Vec<Change> = Vec::new();
        for (i, statement) in step.statements.iter().enumerate().skip(first) {
            let mut attempts = super::transact::Attempts::default();
            loop {
                match self.db.run_alone(side.script, statement, &how) {
                    Ok(change) => {
                        changes.push(change);
                        break;
                    }
                    Err(failed) => {
                        let error = self.locate(side.script, failed);
                        if error.kind() == ErrorKind::Connection {
                            return Err(error);
                        }
                        // What the failed statement left behind (an INVALID index) must not stand in the way of the next try.
                        self.db.clear_leftovers(side.script, step)?;
                        if let Err(error) = self.pause_or_fail(error, &mut attempts) {
                            self.transact(&how, &mut |run| {
                                Ok(((), run.advance(side, Advance::Half(half(false, i)))?))
                            })?;
                            return Err(error);
                        }
                    }
                }
            }
        }
        self.transact(&how, &mut |run| {
            if last {
                run.run_checks(side.checks)?;
            }
            let report = StepReport {
                name: step.name.clone(),
                seconds: start.elapsed().as_secs_f64(),
                changes: changes.clone(),
            };
            let records = run.finish_step(side, name, last, &report)?;
            Ok((report, records))
        })
    }

    /// Queries that must return no rows, inside the transaction that they guard.
    pub(super) fn run_checks(&mut self, checks: Option<&Script>) -> Result<()> {
        let Some(script) = checks else { return Ok(()) };
        for statement in script.steps.iter().flat_map(|s| &s.statements) {
            let rows = self.count_rows(script, statement)?;
            if rows > 0 {
                let at = Location::in_text(self.path(&script.file), &script.text, statement.span.start);
                return Err(Error::new(
                    ErrorKind::Check,
                    format!("a check returned {rows} rows, and must return none"),
                )
                .at(at)
                .hint("look at the rows with this query before and after; the migration was rolled back"));
            }
        }
        Ok(())
    }

    /// How many rows a check returns.
    pub(crate) fn count_rows(
        &mut self,
        script: &Script,
        statement: &switchback_plan::Statement,
    ) -> Result<u64> {
        let mut rows = 0;
        let text = &script.text[statement.span.clone()];
        let counted = self.db.query_each(text, &[], &mut |_| {
            rows += 1;
            Ok(())
        });
        counted.map_err(|error| {
            self.locate(script, crate::db::Failed { error, offset: Some(statement.span.start) })
        })?;
        Ok(rows)
    }
}

fn unequal(side: &Side<'_>) -> Error {
    Error::new(
        ErrorKind::HalfDone,
        format!(
            "V{}__{} is half applied, and its two sides have different numbers of steps, so it can only go on up",
            side.version, side.name
        ),
    )
    .hint("run `up` to finish it, then `down`; give both sides the same steps to be able to turn round half-way")
}
