//! The steps of a SQL side, one after the other.

use super::Run;
use super::batch::Then;
use super::losses::Taker;
use super::side::{Advance, Finish, Side};
use crate::event::Event;
use crate::report::StepReport;
use std::time::Instant;
use switchback_plan::plan::{pair_steps, rangeable};
use switchback_plan::{Current, Direction, Error, ErrorKind, Location, Mode, Result, Script, Step, Tally};

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
            let report =
                self.run_any_step(side, step, &name, i + 1 == count).map_err(|e| self.at_file(side, e))?;
            self.step_done(report);
        }
        Ok(())
    }

    /// What fails only at COMMIT (a deferred constraint) has no statement, but a file.
    fn at_file(&self, side: &Side<'_>, e: Error) -> Error {
        match (e.kind(), e.location()) {
            (ErrorKind::Database, None) => e.at(Location::file(self.path(&side.script.file))),
            _ => e,
        }
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

    /// A half-done step of the other direction is turned round where it stands, or else first completed: then what is
    /// undone is exactly what was done.
    fn turn_around(&mut self, side: &Side<'_>) -> Result<()> {
        let Some(progress) = &self.progress else { return Ok(()) };
        let Some(current) = progress.current.clone() else { return Ok(()) };
        let same = current.direction == side.direction;
        if same && !current.is_turning_back() {
            return Ok(());
        }
        if current.cursor.is_none() && current.turns.is_empty() {
            return self.forget_half(side);
        }
        let (Some(up), Some(down)) = (match side.direction {
            Direction::Up => (Some(side.script), side.other),
            Direction::Down => (side.other, Some(side.script)),
        }) else {
            return Err(not_here(side, &current));
        };
        let down_steps: Vec<&str> = down.steps.iter().map(|s| s.name.as_str()).collect();
        let pairs = pair_steps(&side.up_steps, &down_steps).ok_or_else(|| unequal(side))?;
        // The half-done step, on both sides.
        let pair = match current.direction {
            Direction::Up => pairs.iter().position(|name| *name == current.step),
            Direction::Down => down_steps.iter().position(|name| *name == current.step),
        }
        .and_then(|i| Some((up.steps.iter().find(|s| s.name == pairs[i])?, &down.steps[i])));
        let Some((up_step, down_step)) = pair else { return Err(not_here(side, &current)) };
        let (mine, theirs, other) = match side.direction {
            Direction::Up => (up_step, down_step, down),
            Direction::Down => (down_step, up_step, up),
        };
        if !rangeable(mine, theirs) {
            return self.complete_first(side, other, theirs, current);
        }
        let turned = if same { current } else { current.turned(&mine.name) };
        if turned.is_turning_back() {
            let report = self.run_batch_step(side, mine, turned, Then::TurnedBack)?;
            self.step_done(report);
        } else if let Some(progress) = &mut self.progress {
            // Again in the direction in which it went at first; the next commit writes it down.
            progress.current = Some(turned);
        }
        Ok(())
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
            let or = match step.mode {
                Mode::NoTransaction => {
                    ", or finish by hand what it does and say `repair --step-done`"
                }
                Mode::Transaction | Mode::Batch(_) => "",
            };
            e.hint(format!(
                "step {} is half-done and cannot be turned back over a range of keys, so it is completed first; mend the cause and run the same command again{or}",
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
            run.end_well(side)?;
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
                        done: Tally::default(),
                        turns: Vec::new(),
                    });
                self.run_batch_step(side, step, current, Then::Finished { name, last })
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
            run.watch_step(side.script, step)?;
            let changes = run.db.run_step(side.script, step).map_err(|f| run.locate(side.script, f))?;
            let losses = run.losses(&Taker::of(side, Some(step)))?;
            if last {
                run.run_checks(side.checks)?;
            }
            let report = StepReport {
                name: step.name.clone(),
                seconds: start.elapsed().as_secs_f64(),
                changes,
                losses,
            };
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
        if last {
            self.end_well(side)?;
        }
        let entry = self.side_entry(side, None, report);
        let mut records = vec![self.append(entry)];
        records.extend(self.advance(side, Advance::Step { name, last })?);
        Ok(records)
    }

    /// What else must be so before the last commit of a side.
    fn end_well(&mut self, side: &Side<'_>) -> Result<()> {
        if side.direction == Direction::Up {
            self.check_keys(side.script)?;
        }
        self.time_after()
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
                .hint("look at the rows with this query before and after; what was not committed is rolled back"));
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
        let text = &script.text[statement.span.clone()];
        let counted = self.db.count_rows(text);
        counted.map_err(|error| {
            self.locate(script, crate::db::Failed { error, offset: Some(statement.span.start) })
        })
    }
}

fn not_here(side: &Side<'_>, current: &Current) -> Error {
    Error::new(
        ErrorKind::HalfDone,
        format!(
            "step {} of V{}__{} is half-done, and the text that it ran is not here unchanged",
            current.step, side.version, side.name
        ),
    )
    .hint(format!(
        "run this from the release that has the migration's files unchanged, or go on with `{}`",
        current.direction.as_str()
    ))
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
