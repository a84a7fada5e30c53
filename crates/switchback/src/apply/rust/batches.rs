//! Batches of a Rust migration: a walk over a key, whose cursor commits with the rows.

use super::super::batch::Done;
use super::super::no_fence;
use super::super::side::Advance;
use super::super::transact::Attempts;
use super::{Open, Run, RustRun};
use crate::context::{Batches, Context, Host as _};
use crate::event::Event;
use crate::report::Change;
use crate::store::{key_from_text, key_to_text};
use crate::value::{Row, Value};
use std::time::Instant;
use switchback_plan::quote::{ident, qualified};
use switchback_plan::{Batch, Current, Direction, Result};

/// The range of one batch: behind the first key, up to the second.
type Bounds<'v> = (Option<&'v Value>, Option<&'v Value>);

impl RustRun<'_, '_> {
    /// Walks the rows of a step from its cursor on. What was half-done in the other direction is first turned round,
    /// over the same keys.
    pub(super) fn run_batches(
        &mut self,
        b: &Batches<'_>,
        work: &mut dyn FnMut(&mut Context<'_>, &[Row]) -> Result<()>,
    ) -> Result<u64> {
        let batch = Batch { table: b.table.to_owned(), key: b.key.to_owned(), size: b.size.max(1) };
        let mut rows = 0;
        while self.wanted(b.step)? {
            self.run.db.check_batch_key(&batch)?;
            let current = self.pass(&batch, b, work)?;
            rows = current.rows;
            let how = self.run.begin_options(self.side.lock_timeout);
            self.run.open(&how, no_fence)?;
            self.open = Open::Step;
            if let Some(limit) = current.limit {
                let stands =
                    self.run.progress.as_ref().is_some_and(|p| p.standing.iter().any(|s| s == b.step));
                let advance = match (self.side.direction, stands) {
                    // The direction in which the step was going at first: it goes on behind what was turned round.
                    (Direction::Up, false) | (Direction::Down, true) => {
                        Advance::Half(Current { cursor: Some(limit), ..self.fresh(b, None, rows) })
                    }
                    (Direction::Up, true) | (Direction::Down, false) => Advance::TurnedBack,
                };
                let records = self.run.advance(&self.side, advance)?;
                self.run.close(&records)?;
                self.open = Open::Nothing;
                continue;
            }
            if self.changes.is_empty() {
                self.changes.push(Change { what: format!("batches of {}", b.table), rows: Some(rows) });
            }
            self.commit_step(b.step)?;
            break;
        }
        Ok(rows)
    }

    /// One walk, from the cursor to the limit or the end.
    fn pass(
        &mut self,
        batch: &Batch,
        b: &Batches<'_>,
        work: &mut dyn FnMut(&mut Context<'_>, &[Row]) -> Result<()>,
    ) -> Result<Current> {
        let start = Instant::now();
        let mut current = self.resumed(b);
        let limit = current.limit.as_deref().and_then(key_from_text);
        let total = self.run.count(batch, None, limit.as_ref())?;
        self.run.tell(&Event::StepStarted { step: b.step, rows: Some(total) });
        let mut after = current.cursor.as_deref().and_then(key_from_text);
        let mut done: Vec<Done> =
            after.clone().map(|upto| Done { after: None, upto, rows: current.rows }).into_iter().collect();
        while let Some((upto, rows)) =
            self.one_batch(batch, b, &mut current, (after.as_ref(), limit.as_ref()), true, work)?
        {
            done.push(Done { after, upto: upto.clone(), rows });
            after = Some(upto);
            self.run.tell(&Event::Batch { rows: current.rows, total: Some(total.max(current.rows)) });
        }
        self.sweep_batches(batch, b, &mut done, &mut current, work)?;
        self.started = start;
        Ok(current)
    }

    fn fresh(&self, b: &Batches<'_>, limit: Option<String>, rows: u64) -> Current {
        Current {
            step: b.step.to_owned(),
            direction: self.side.direction,
            started: false,
            cursor: None,
            limit,
            rows,
        }
    }

    /// Where this step stands: at its beginning, behind a cursor, or to be turned round over what was done the other
    /// way. A turning round that was itself turned round goes over the same keys again, until they are in one state.
    fn resumed(&self, b: &Batches<'_>) -> Current {
        match self.run.progress.as_ref().and_then(|p| p.current.clone()).filter(|c| c.step == b.step) {
            None => self.fresh(b, None, 0),
            Some(c) if c.direction == self.side.direction => c,
            Some(c) => self.fresh(b, c.limit.or(c.cursor), 0),
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
        done: &mut [Done],
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
        done: &mut [Done],
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
