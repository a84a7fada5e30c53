//! Batches: ranges of a key, each committed together with the cursor.
//!
//! Rows inserted behind the cursor during the run are found by tallying again at the end, range by range, and the
//! ranges that hold other keys now are done again. The statements of a batch must therefore give the same when they run
//! twice over a row.

use super::Run;
use super::losses::Taker;
use super::side::{Advance, Side};
use crate::db::{Begin, Range};
use crate::event::Event;
use crate::report::{Change, LossReport, StepReport};
use crate::store::{key_from_text, key_to_text};
use crate::value::Value;
use std::time::Instant;
use switchback_plan::quote::{ident, qualified};
use switchback_plan::{Batch, Current, Error, ErrorKind, Mode, Result, Step, Tally};

/// Rounds before the step gives up on a table that never stands still.
pub(super) const ROUNDS: usize = 10;

/// A range that was done, and what was in it then.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub after: Option<Value>,
    pub upto: Value,
    pub tally: Tally,
}

/// What stands when the last range is done.
#[derive(Debug, Clone, Copy)]
pub(super) enum Then<'n> {
    /// The whole step is finished; `name` is that of the up's step, `last` says whether the migration is.
    Finished { name: &'n str, last: bool },
    /// A half-done step of the other direction is turned back.
    TurnedBack,
}

impl<'a> Run<'a> {
    /// Runs a batch step from its cursor on; where it was turned round, over what is in the other state.
    pub(super) fn run_batch_step(
        &mut self,
        side: &Side<'_>,
        step: &Step,
        mut current: Current,
        then: Then<'_>,
    ) -> Result<StepReport> {
        let Mode::Batch(batch) = &step.mode else {
            return Err(Error::new(ErrorKind::Source, format!("step {} is no batch", step.name)));
        };
        self.db.check_batch_key(batch)?;
        let how = Begin { batch: true, ..self.begin_options(step.lock_timeout.or(side.lock_timeout)) };
        let start = Instant::now();
        let end = current.turns.last().filter(|_| current.is_turning_back());
        let end = end.and_then(|turn| key_from_text(&turn.cursor));
        let total = self.count(batch, end.as_ref())?;
        self.tell(&Event::StepStarted { step: &step.name, rows: Some(total) });
        let mut losses = Vec::new();
        let mut changes: Vec<Change> =
            step.statements.iter().map(|s| Change { what: s.what.clone(), rows: Some(0) }).collect();
        // After a resumption all that was done before is one range.
        let mut done: Vec<Done> = current
            .cursor
            .as_deref()
            .and_then(key_from_text)
            .map(|upto| Done { after: None, upto, tally: current.done })
            .into_iter()
            .collect();
        for round in 1.. {
            let mut ran = false;
            loop {
                let after = current.cursor.as_deref().and_then(key_from_text);
                let limit = current.turns.first().and_then(|turn| key_from_text(&turn.cursor));
                let written = self.transact(&how, &mut |run| {
                    let Some(range) = run.db.next_range(batch, after.as_ref(), limit.as_ref())? else {
                        return Ok((None, Vec::new()));
                    };
                    let (written, lost) = run.run_range(side, step, &range)?;
                    let mut next = current.clone();
                    next.cursor = Some(key_to_text(&range.upto));
                    next.done = next.done + range.tally;
                    let mut records = Vec::new();
                    if run.progress.is_none() {
                        // The journal vouches for the stored way down from the first commit on.
                        let report = StepReport { name: step.name.clone(), ..StepReport::default() };
                        let entry = run.side_entry(side, Some("step_started"), &report);
                        records.push(run.append(entry));
                    }
                    records.extend(run.advance(side, Advance::Half(next.clone()))?);
                    Ok((Some((next, range, written, lost)), records))
                })?;
                let mut after = after;
                if let Some((next, range, written, lost)) = written {
                    ran = true;
                    super::losses::add(&mut losses, lost);
                    add(&mut changes, &written);
                    current = next;
                    done.push(Done { after, upto: range.upto.clone(), tally: range.tally });
                    let rows = current.done.rows;
                    self.tell(&Event::Batch { rows, total: Some(total.max(rows)) });
                    // A range that is not full was the last one; with writers at work there would always be another.
                    if range.tally.rows >= batch.size {
                        continue;
                    }
                    after = Some(range.upto);
                }
                let Some(next) = current.behind_the_turn() else { break };
                if let Some(upto) = next.cursor.as_deref().and_then(key_from_text) {
                    done.push(Done { after, upto, tally: next.done - current.done });
                }
                current = next;
            }
            let moved = self.moved(batch, &mut done)?;
            if moved.is_empty() && !ran {
                break;
            }
            for range in &moved {
                let mut after = range.after.clone();
                while let Some(piece) = self.db.next_range(batch, after.as_ref(), Some(&range.upto))? {
                    let (written, lost) = self.transact(&how, &mut |run| {
                        let written = run.run_range(side, step, &piece)?;
                        let records = run.advance(side, Advance::Half(current.clone()))?;
                        Ok((written, records))
                    })?;
                    add(&mut changes, &written);
                    super::losses::add(&mut losses, lost);
                    after = Some(piece.upto);
                }
            }
            current.done = done.iter().map(|d| d.tally).sum();
            if round == ROUNDS {
                self.never_still(batch);
                break;
            }
        }
        self.transact(&how, &mut |run| {
            let report = StepReport {
                name: step.name.clone(),
                seconds: start.elapsed().as_secs_f64(),
                changes: changes.clone(),
                losses: losses.clone(),
            };
            let records = match then {
                Then::Finished { name, last } => {
                    if last {
                        run.run_checks(side.checks)?;
                    }
                    run.finish_step(side, name, last, &report)?
                }
                Then::TurnedBack => {
                    let entry = run.side_entry(side, None, &report);
                    let mut records = vec![run.append(entry)];
                    records.extend(run.advance(side, Advance::TurnedBack)?);
                    records
                }
            };
            Ok((report, records))
        })
    }

    fn run_range(
        &mut self,
        side: &Side<'_>,
        step: &Step,
        range: &Range,
    ) -> Result<(Vec<u64>, Vec<LossReport>)> {
        self.watch_step(side.script, step)?;
        let run = |s| self.db.run_batch(side.script, s, range).map_err(|f| self.locate(side.script, f));
        let written = step.statements.iter().map(run).collect::<Result<Vec<u64>>>()?;
        let lost = self.losses(&Taker::of(side, Some(step)))?;
        Ok((written, lost))
    }

    /// Rows up to a key, or all.
    pub(super) fn count(&mut self, batch: &Batch, upto: Option<&Value>) -> Result<u64> {
        let (filter, parameters) = crate::db::key_filter(&ident(&batch.key), None, upto);
        let sql = format!("SELECT count(*) FROM {}{filter}", qualified(&batch.table));
        let rows = self.db.query(&sql, &parameters)?;
        let count: i64 = rows.first().map(|r| r.at(0)).transpose()?.unwrap_or_default();
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// The done ranges that hold other rows now; they are to be done again, and count as done.
    pub(super) fn moved(&mut self, batch: &Batch, done: &mut [Done]) -> Result<Vec<Done>> {
        let Some(end) = done.last().map(|d| d.upto.clone()) else { return Ok(Vec::new()) };
        let expected: Tally = done.iter().map(|d| d.tally).sum();
        if self.db.tally(batch, None, &end)? == expected {
            return Ok(Vec::new());
        }
        let mut moved = Vec::new();
        for range in done.iter_mut() {
            let now = self.db.tally(batch, range.after.as_ref(), &range.upto)?;
            if now != range.tally {
                range.tally = now;
                moved.push(range.clone());
            }
        }
        Ok(moved)
    }

    /// Says that rows may have been missed.
    pub(super) fn never_still(&mut self, batch: &Batch) {
        let message = format!(
            "{} never stood still: rows went on coming while the last batches ran, and the newest of them may not be done; run `check` when it is quiet",
            batch.table
        );
        self.tell(&Event::Warning { message: &message });
    }
}

fn add(changes: &mut [Change], written: &[u64]) {
    for (change, rows) in changes.iter_mut().zip(written) {
        change.rows = Some(change.rows.unwrap_or_default() + rows);
    }
}
