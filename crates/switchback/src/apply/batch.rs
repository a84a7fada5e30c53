//! Batches: ranges of a key, each committed together with the cursor.
//!
//! Rows inserted behind the cursor during the run are found by counting again at the end, range by range, and the
//! ranges whose counts differ are swept again. The statements of a batch must therefore give the same when they run
//! twice over a row.

use super::Run;
use super::side::{Advance, Side};
use crate::db::Range;
use crate::event::Event;
use crate::report::{Change, StepReport};
use crate::store::{key_from_text, key_to_text};
use crate::value::Value;
use std::time::Instant;
use switchback_plan::quote::{ident, qualified};
use switchback_plan::{Batch, Current, Error, ErrorKind, Mode, Result, Step};

/// Sweeps before the step gives up on a table that never stands still.
const SWEEPS: usize = 10;

/// A range that was done, and the rows that it had then.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub after: Option<Value>,
    pub upto: Value,
    pub rows: u64,
}

/// What stands when the last range is done.
#[derive(Debug, Clone, Copy)]
pub(super) enum Then<'n> {
    /// The whole step is finished; `name` is that of the up's step, `last` says whether the migration is.
    Finished { name: &'n str, last: bool },
    /// A half-done step of the other direction is turned back.
    TurnedBack,
    /// The step was turned back and turned round again: all up to the limit is done anew, and it goes on behind it.
    GoesOn,
}

impl<'a> Run<'a> {
    /// Runs a batch step from its cursor on, up to its limit if it has one.
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
        let how = self.begin_options(step.lock_timeout.or(side.lock_timeout));
        let start = Instant::now();
        let limit = current.limit.as_deref().and_then(key_from_text);
        let total = self.count(batch, None, limit.as_ref())?;
        self.tell(&Event::StepStarted { step: &step.name, rows: Some(total) });
        let mut changes: Vec<Change> =
            step.statements.iter().map(|s| Change { what: s.what.clone(), rows: Some(0) }).collect();
        // After a resumption all that was done before is one range.
        let mut done: Vec<Done> = current
            .cursor
            .as_deref()
            .and_then(key_from_text)
            .map(|upto| Done { after: None, upto, rows: current.rows })
            .into_iter()
            .collect();
        loop {
            let after = current.cursor.as_deref().and_then(key_from_text);
            let written = self.transact(&how, &mut |run| {
                let Some(range) = run.db.next_range(batch, after.as_ref(), limit.as_ref())? else {
                    return Ok((None, Vec::new()));
                };
                let written = run.run_range(side, step, &range)?;
                let mut next = current.clone();
                next.cursor = Some(key_to_text(&range.upto));
                next.rows += range.rows;
                let mut records = Vec::new();
                if run.progress.is_none() {
                    // The journal vouches for the stored way down from the first commit on.
                    let report = StepReport { name: step.name.clone(), ..StepReport::default() };
                    let entry = run.side_entry(side, Some("step_started"), &report);
                    records.push(run.append(entry));
                }
                records.extend(run.advance(side, Advance::Half(next.clone()))?);
                Ok((Some((next, range, written)), records))
            })?;
            let Some((next, range, written)) = written else { break };
            add(&mut changes, &written);
            current = next;
            done.push(Done { after, upto: range.upto, rows: range.rows });
            self.tell(&Event::Batch { rows: current.rows, total: Some(total.max(current.rows)) });
        }
        self.sweep(batch, &mut done, &mut |run, range| {
            let written = run.transact(&how, &mut |run| {
                let written = run.run_range(side, step, range)?;
                let records = run.advance(side, Advance::Half(current.clone()))?;
                Ok((written, records))
            })?;
            add(&mut changes, &written);
            Ok(())
        })?;
        self.transact(&how, &mut |run| {
            let report = StepReport {
                name: step.name.clone(),
                seconds: start.elapsed().as_secs_f64(),
                changes: changes.clone(),
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
                Then::GoesOn => {
                    let rows = done.iter().map(|d| d.rows).sum();
                    let behind =
                        Current { cursor: current.limit.clone(), limit: None, rows, ..current.clone() };
                    run.advance(side, Advance::Half(behind))?
                }
            };
            Ok((report, records))
        })
    }

    fn run_range(&mut self, side: &Side<'_>, step: &Step, range: &Range) -> Result<Vec<u64>> {
        step.statements
            .iter()
            .map(|s| self.db.run_batch(side.script, s, range).map_err(|f| self.locate(side.script, f)))
            .collect()
    }

    /// Rows with `after < key <= upto`.
    pub(super) fn count(
        &mut self,
        batch: &Batch,
        after: Option<&Value>,
        upto: Option<&Value>,
    ) -> Result<u64> {
        let key = ident(&batch.key);
        let (filter, parameters) = crate::db::key_filter(&key, after, upto);
        let sql = format!("SELECT count(*) FROM {}{filter}", qualified(&batch.table));
        let rows = self.db.query(&sql, &parameters)?;
        let count: i64 = rows.first().map(|r| r.at(0)).transpose()?.unwrap_or_default();
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Counts the done ranges again and hands those that differ to `again`, in pieces, until nothing differs.
    pub(super) fn sweep(
        &mut self,
        batch: &Batch,
        done: &mut [Done],
        again: &mut dyn FnMut(&mut Run<'a>, &Range) -> Result<()>,
    ) -> Result<()> {
        let Some(end) = done.last().map(|d| d.upto.clone()) else { return Ok(()) };
        for _ in 0..SWEEPS {
            let expected: u64 = done.iter().map(|d| d.rows).sum();
            if self.count(batch, None, Some(&end))? == expected {
                return Ok(());
            }
            for range in done.iter_mut() {
                let now = self.count(batch, range.after.as_ref(), Some(&range.upto))?;
                if now == range.rows {
                    continue;
                }
                range.rows = 0;
                let mut after = range.after.clone();
                while let Some(piece) = self.db.next_range(batch, after.as_ref(), Some(&range.upto))? {
                    again(self, &piece)?;
                    range.rows += piece.rows;
                    after = Some(piece.upto);
                }
            }
        }
        let message = format!(
            "{} never stood still: rows went on coming and going behind the batches; run `check` when it is quiet",
            batch.table
        );
        self.tell(&Event::Warning { message: &message });
        Ok(())
    }
}

fn add(changes: &mut [Change], written: &[u64]) {
    for (change, rows) in changes.iter_mut().zip(written) {
        change.rows = Some(change.rows.unwrap_or_default() + rows);
    }
}
