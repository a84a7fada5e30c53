//! The one shape of every transaction: begin, compare and swap, work, records and COMMIT together.

use super::Run;
use crate::db::{Begin, Bound};
use crate::event::Event;
use std::time::{Duration, Instant};
use switchback_plan::{Dialect, Error, ErrorKind, Result};

/// A transaction that depends on nothing but the chain of the journal.
pub(crate) fn no_fence(_run: &Run<'_>) -> Vec<Bound> {
    Vec::new()
}

/// The first pause before a transaction is tried again; doubled each time, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The work of a transaction: its value, and the records that go with the COMMIT.
pub(super) type Work<'w, 'a, T> = dyn FnMut(&mut Run<'a>) -> Result<(T, Vec<Bound>)> + 'w;

/// How often a transaction was tried.
#[derive(Debug, Default)]
pub(crate) struct Attempts(u32);

impl Attempts {
    /// How many there were.
    pub fn count(&self) -> u32 {
        self.0
    }
}

impl From<u32> for Attempts {
    fn from(count: u32) -> Attempts {
        Attempts(count)
    }
}

impl<'a> Run<'a> {
    /// Begins; what is half-done is taken by its token, so that only one runner can go on with it.
    pub fn open(&mut self, how: &Begin, fence: fn(&Run<'_>) -> Vec<Bound>) -> Result<()> {
        let mut first = fence(self);
        let takes = first.len();
        if let Some(progress) = &self.progress {
            first.push(self.store.take_progress(progress.token));
        }
        self.saved = Some((self.progress.clone(), self.head.clone()));
        let counts = self.db.begin(how, &first)?;
        if first.len() > takes {
            if counts.last() != Some(&1) {
                self.abandon();
                return Err(moved());
            }
            if let Some(progress) = &mut self.progress {
                progress.token += 1;
            }
        }
        if self.db.dialect() == Dialect::Sqlite && self.head.id > 0 {
            // Inside BEGIN IMMEDIATE nobody can move any more; on PostgreSQL the chain's UNIQUE says the same at the end.
            let newest = self.store.newest_id(self.db);
            if newest.as_ref().ok() != Some(&self.head.id) {
                self.abandon();
                return Err(newest.err().unwrap_or_else(moved));
            }
        }
        Ok(())
    }

    /// Runs the records and commits.
    pub fn close(&mut self, records: &[Bound]) -> Result<()> {
        match self.db.commit(records) {
            Ok(()) => {
                self.saved = None;
                self.opening = None;
                Ok(())
            }
            Err(e) => {
                self.go_back();
                Err(collided(e))
            }
        }
    }

    /// Between two migrations that share a transaction: the records of the one, then clean settings for the other.
    pub fn go_on(&mut self, how: &Begin, records: &[Bound]) -> Result<()> {
        self.db.clean(how, records).map_err(collided)
    }

    /// Rolls back, and forgets what the transaction would have changed.
    pub fn abandon(&mut self) {
        self.db.rollback();
        self.go_back();
    }

    fn go_back(&mut self) {
        if let Some((progress, head)) = self.saved.take() {
            self.progress = progress;
            self.head = head;
            self.ended = false;
        }
    }

    /// A whole transaction, tried again when a lock was refused. `work` returns the records that go with the COMMIT.
    pub fn transact<T>(&mut self, how: &Begin, work: &mut Work<'_, 'a, T>) -> Result<T> {
        let mut attempts = Attempts::default();
        loop {
            self.check_interrupt()?;
            let tried = self.open(how, no_fence).and_then(|()| match work(self) {
                Ok((value, records)) => self.close(&records).map(|()| value),
                Err(e) => {
                    self.abandon();
                    Err(e)
                }
            });
            match tried {
                Ok(value) => return Ok(value),
                Err(e) => self.pause_or_fail(e, &mut attempts)?,
            }
        }
    }

    /// Waits before the next try, or gives the error back when there is none.
    pub fn pause_or_fail(&mut self, e: Error, attempts: &mut Attempts) -> Result<()> {
        if self.db.tries_again() {
            return Ok(());
        }
        if !crate::db::is_retryable(&e) {
            return Err(e);
        }
        attempts.0 += 1;
        if attempts.0 > self.options.lock_retries {
            return Err(e);
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << (attempts.0 - 1).min(10)).min(LONGEST_PAUSE);
        // Up to a quarter more, so that two that collided do not collide again.
        let pause = pause.mul_f64(1.0 + rand::random::<f64>() / 4.0);
        self.tell(&Event::Retrying { reason: e.message(), attempt: attempts.0, pause: pause.as_secs_f64() });
        let start = Instant::now();
        while start.elapsed() < pause {
            self.check_interrupt()?;
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

fn moved() -> Error {
    Error::new(ErrorKind::Moved, "another runner moved the database meanwhile; nothing of ours was committed")
        .hint("run the same command again: it reads the history anew")
}

/// A unique violation on one of our own tables means that somebody else was there first.
fn collided(e: Error) -> Error {
    let unique = matches!(
        e.server_code(),
        Some("23505" | "SQLITE_CONSTRAINT_PRIMARYKEY" | "SQLITE_CONSTRAINT_UNIQUE")
    );
    let ours = || crate::store::OWN_TABLES.iter().any(|table| e.message().contains(table));
    if unique && ours() { moved() } else { e }
}
