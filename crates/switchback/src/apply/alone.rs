//! Steps outside a transaction: each statement by itself, recorded as started before and as finished after.

use super::Run;
use super::side::{Advance, Side};
use crate::db::Begin;
use crate::event::Event;
use crate::report::{Change, StepReport};
use crate::store::{key_from_text, key_to_text};
use crate::value::Value;
use std::time::Instant;
use switchback_plan::{Current, Error, ErrorKind, Location, Result, Step, Tally};

impl Run<'_> {
    /// An error that the server reports leaves the number of finished statements; only a process or server that died
    /// leaves "started".
    pub(super) fn run_alone_step(
        &mut self,
        side: &Side<'_>,
        step: &Step,
        name: &str,
        last: bool,
    ) -> Result<StepReport> {
        self.tell(&Event::StepStarted { step: &step.name, rows: None });
        self.refuse_alone(side, step)?;
        let how = self.begin_options(step.lock_timeout.or(side.lock_timeout));
        let resumed = self.progress.as_ref().and_then(|p| p.current.clone());
        let done = resumed
            .filter(|c| c.step == step.name && c.direction == side.direction)
            .and_then(|c| c.cursor.as_deref().and_then(key_from_text));
        let first = match done {
            Some(Value::Int(n)) => usize::try_from(n).unwrap_or_default(),
            Some(_) | None => 0,
        };
        self.transact(&how, &mut |run| {
            let report = StepReport { name: step.name.clone(), ..StepReport::default() };
            let entry = run.side_entry(side, Some("step_started"), &report);
            let mut records = vec![run.append(entry)];
            records.extend(run.advance(side, Advance::Half(half(side, step, true, first)))?);
            Ok(((), records))
        })?;
        let start = Instant::now();
        let mut settled = first;
        let ran = self.run_statements(side, step, &how, first, &mut settled);
        let finished = ran.and_then(|changes| {
            self.transact(&how, &mut |run| {
                if last {
                    run.run_checks(side.checks)?;
                }
                let report = StepReport {
                    name: step.name.clone(),
                    seconds: start.elapsed().as_secs_f64(),
                    changes: changes.clone(),
                    ..StepReport::default()
                };
                let records = run.finish_step(side, name, last, &report)?;
                Ok((report, records))
            })
        });
        if let Err(e) = &finished
            && !matches!(e.kind(), ErrorKind::Connection | ErrorKind::Moved)
        {
            self.record_half(&how, side, &half(side, step, false, settled));
        }
        finished
    }

    /// Runs the statements from `first` on. `settled` counts those that are done for good: what stands in a
    /// transaction of the step's own is, once that has committed.
    fn run_statements(
        &mut self,
        side: &Side<'_>,
        step: &Step,
        how: &Begin,
        first: usize,
        settled: &mut usize,
    ) -> Result<Vec<Change>> {
        let text = &side.script.text;
        // Settings of the session did not outlive it; those that were made before are made again.
        for statement in step.statements.iter().take(first).filter(|s| is_setting(&s.what)) {
            self.db.run_alone(side.script, statement, how).map_err(|f| self.locate(side.script, f))?;
        }
        let mut changes: Vec<Change> = Vec::new();
        let mut attempts = super::transact::Attempts::default();
        let mut open = false;
        let mut next = first;
        while let Some(statement) = step.statements.get(next) {
            match self.db.run_alone(side.script, statement, how) {
                Ok(change) => {
                    changes.push(change);
                    next += 1;
                    open = self.db.leaves_open(&text[statement.span.clone()], open);
                    if !open {
                        *settled = next;
                        attempts = super::transact::Attempts::default();
                    }
                }
                Err(failed) => {
                    let error = self.locate(side.script, failed);
                    if error.kind() == ErrorKind::Connection {
                        return Err(error);
                    }
                    // A transaction of the step's own was rolled back; it begins anew.
                    open = false;
                    next = *settled;
                    changes.truncate(next - first);
                    // What the failed statement left behind (an INVALID index) must not stand in the way of the next try.
                    if let Err(second) = self.db.clear_leftovers(side.script, step) {
                        tracing::debug!("what the statement left behind could not be cleared: {second}");
                    }
                    self.pause_or_fail(error, &mut attempts)?;
                }
            }
        }
        if open {
            self.db.rollback();
            let at = step.statements.get(*settled).map_or(step.span.start, |s| s.span.start);
            return Err(Error::new(
                ErrorKind::Statement,
                format!(
                    "the step {} begins a transaction and does not end it, so it was rolled back",
                    step.name
                ),
            )
            .at(Location::in_text(self.path(&side.script.file), text, at))
            .hint("end it with COMMIT within the step"));
        }
        Ok(changes)
    }

    /// How far the step came; best effort, for it runs on a path that has an error already, and also when the user
    /// wants to stop.
    fn record_half(&mut self, how: &Begin, side: &Side<'_>, current: &Current) {
        // A second time, for the cancellation that ended the statement may hit the record as well.
        for _ in 0..2 {
            let recorded = self.open(how, super::no_fence).and_then(|()| {
                match self.advance(side, Advance::Half(current.clone())) {
                    Ok(records) => self.close(&records),
                    Err(e) => {
                        self.abandon();
                        Err(e)
                    }
                }
            });
            match recorded {
                Ok(()) => return,
                Err(e) => tracing::debug!("how far the step came could not be recorded: {e}"),
            }
        }
    }
}

/// `finished` statements are done; `started` where nobody knows what came after.
fn half(side: &Side<'_>, step: &Step, started: bool, finished: usize) -> Current {
    Current {
        step: step.name.clone(),
        direction: side.direction,
        started,
        cursor: (finished > 0).then(|| key_to_text(&Value::Int(i64::try_from(finished).unwrap_or_default()))),
        done: Tally::default(),
        turns: Vec::new(),
    }
}

/// A statement that changes nothing but the session.
fn is_setting(what: &str) -> bool {
    matches!(what.split(' ').next(), Some("set" | "reset" | "pragma" | "attach"))
}
