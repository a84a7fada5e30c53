//! Batches of a Rust migration: a walk over a key, whose cursor commits with the rows.

use super::super::batch::{Done, ROUNDS};
use super::super::no_fence;
use super::super::side::Advance;
use super::super::transact::Attempts;
use super::{Open, RustRun};
use crate::context::{Batches, Context, Host as _};
use crate::db::Begin;
use crate::event::Event;
use crate::report::Change;
use crate::store::{key_from_text, key_to_text};
use crate::value::{Row, Value};
use std::time::Instant;
use switchback_plan::losing::Losing;
use switchback_plan::quote::{ident, qualified};
use switchback_plan::{Batch, Current, Result, Tally};

/// The range of one batch: behind the first key, up to the second.
type Bounds<'v> = (Option<&'v Value>, Option<&'v Value>);

impl RustRun<'_, '_> {
    /// Walks the rows of a step from its cursor on. What was half-done in the other direction is turned round where it
    /// stands.
    pub(super) fn run_batches(
        &mut self,
        b: &Batches<'_>,
        work: &mut dyn FnMut(&mut Context<'_>, &[Row]) -> Result<()>,
    ) -> Result<u64> {
        if !self.wanted(b.step)? {
            return Ok(0);
        }
        let batch = Batch { table: b.table.to_owned(), key: b.key.to_owned(), size: b.size.max(1) };
        self.run.db.check_batch_key(&batch)?;
        let mut current = self.resumed(b);
        let turning_back = current.is_turning_back();
        let end = current.turns.last().filter(|_| turning_back).and_then(|turn| key_from_text(&turn.cursor));
        let total = self.run.count(&batch, end.as_ref())?;
        self.run.tell(&Event::StepStarted { step: b.step, rows: Some(total) });
        let start = Instant::now();
        let mut done: Vec<Done> = current
            .cursor
            .as_deref()
            .and_then(key_from_text)
            .map(|upto| Done { after: None, upto, tally: current.done })
            .into_iter()
            .collect();
        for round in 1.. {
            let ran = self.all_batches(&batch, b, &mut current, &mut done, total, work)?;
            let moved = self.run.moved(&batch, &mut done)?;
            if moved.is_empty() && !ran {
                break;
            }
            for range in &moved {
                let mut after = range.after.clone();
                while let Some((reached, _)) =
                    self.one_batch(&batch, b, &mut current, (after.as_ref(), Some(&range.upto)), false, work)?
                {
                    after = Some(reached);
                }
            }
            current.done = done.iter().map(|d| d.tally).sum();
            if round == ROUNDS {
                self.run.never_still(&batch);
                break;
            }
        }
        self.started = start;
        let how = self.run.begin_options(self.side.lock_timeout);
        self.run.open(&how, no_fence)?;
        self.open = Open::Step;
        if turning_back {
            // Undone over the keys that the half-done step of the other direction had reached.
            let records = self.run.advance(&self.side, Advance::TurnedBack)?;
            self.run.close(&records)?;
            self.open = Open::Nothing;
            return Ok(current.done.rows);
        }
        if self.changes.is_empty() {
            self.changes
                .push(Change { what: format!("batches of {}", b.table), rows: Some(current.done.rows) });
        }
        self.commit_step(b.step)?;
        Ok(current.done.rows)
    }

    /// Where this step stands: at its beginning, behind a cursor, or turned round.
    fn resumed(&self, b: &Batches<'_>) -> Current {
        match self.run.progress.as_ref().and_then(|p| p.current.clone()).filter(|c| c.step == b.step) {
            Some(c) if c.direction == self.side.direction => c,
            Some(c) => c.turned(b.step),
            None => Current {
                step: b.step.to_owned(),
                direction: self.side.direction,
                started: false,
                cursor: None,
                done: Tally::default(),
                turns: Vec::new(),
            },
        }
    }

    /// From the cursor to the end, as it is now; whether there was anything.
    fn all_batches(
        &mut self,
        batch: &Batch,
        b: &Batches<'_>,
        current: &mut Current,
        done: &mut Vec<Done>,
        total: u64,
        work: &mut dyn FnMut(&mut Context<'_>, &[Row]) -> Result<()>,
    ) -> Result<bool> {
        let mut ran = false;
        loop {
            let mut after = current.cursor.as_deref().and_then(key_from_text);
            let limit = current.turns.first().and_then(|turn| key_from_text(&turn.cursor));
            let next = self.one_batch(batch, b, current, (after.as_ref(), limit.as_ref()), true, work)?;
            if let Some((upto, tally)) = next {
                ran = true;
                done.push(Done { after, upto: upto.clone(), tally });
                let rows = current.done.rows;
                self.run.tell(&Event::Batch { rows, total: Some(total.max(rows)) });
                // A range that is not full was the last one; with writers at work there would always be another.
                if tally.rows >= batch.size {
                    continue;
                }
                after = Some(upto);
            }
            let Some(next) = current.behind_the_turn() else { return Ok(ran) };
            if let Some(upto) = next.cursor.as_deref().and_then(key_from_text) {
                done.push(Done { after, upto, tally: next.done - current.done });
            }
            *current = next;
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
    ) -> Result<Option<(Value, Tally)>> {
        let mut attempts = Attempts::default();
        loop {
            self.run.check_interrupt()?;
            let how = Begin { batch: true, ..self.run.begin_options(self.side.lock_timeout) };
            self.run.open(&how, no_fence)?;
            self.open = Open::Step;
            self.run.watch(Losing::Directly)?;
            let mut next = current.clone();
            let (changes, losses) = (self.changes.len(), self.losses.clone());
            let tried = self.work_on(batch, b, (after, limit), work).and_then(|worked| {
                let Some((upto, tally)) = worked else {
                    self.abandon();
                    return Ok(None);
                };
                if moves {
                    next.cursor = Some(key_to_text(&upto));
                    next.done = next.done + tally;
                }
                self.settle()?;
                let records = self.run.advance(&self.side, Advance::Half(next.clone()))?;
                self.run.close(&records)?;
                self.open = Open::Nothing;
                Ok(Some((upto, tally)))
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
                    self.losses = losses;
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
    ) -> Result<Option<(Value, Tally)>> {
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
        work(&mut Context::new(self), &rows)?;
        Ok(Some((range.upto, range.tally)))
    }
}
