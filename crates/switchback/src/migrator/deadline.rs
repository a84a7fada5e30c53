//! `max_duration`: the statement that runs is ended as by Ctrl-C, and the error says why.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use switchback_plan::{Error, ErrorKind, Result};

/// Set once a run took too long.
pub(crate) type Overdue = Arc<AtomicBool>;

/// While it lives, its thread waits for the end of the time.
pub(super) struct Deadline {
    overdue: Overdue,
    interrupt: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Deadline {
    pub fn start(limit: Duration, overdue: &Overdue, interrupt: &Arc<AtomicBool>) -> Result<Deadline> {
        let (overdue, interrupt, over) = (Arc::clone(overdue), Arc::clone(interrupt), Arc::default());
        let mine = (Arc::clone(&overdue), Arc::clone(&interrupt), Arc::clone(&over));
        let begun = Instant::now();
        let thread = std::thread::Builder::new()
            .name("switchback-deadline".to_owned())
            .spawn(move || {
                let (overdue, interrupt, over): (Overdue, Arc<AtomicBool>, Arc<AtomicBool>) = mine;
                while !over.load(Ordering::Acquire) {
                    let left = limit.saturating_sub(begun.elapsed());
                    if left.is_zero() {
                        // Where the user wanted to stop already, that is the reason.
                        if !interrupt.swap(true, Ordering::SeqCst) {
                            overdue.store(true, Ordering::SeqCst);
                        }
                        return;
                    }
                    std::thread::park_timeout(left);
                }
            })
            .map_err(|e| {
                Error::new(ErrorKind::Io, format!("nothing can watch over max_duration: {e}"))
                    .hint("free some memory or threads; nothing was changed")
            })?;
        Ok(Deadline { overdue, interrupt, over, thread: Some(thread) })
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::debug!("the thread that watches over max_duration has panicked");
            }
        }
        // What comes next (the report, the way back) is not to stop as well.
        if self.overdue.load(Ordering::SeqCst) {
            self.interrupt.store(false, Ordering::SeqCst);
        }
    }
}

/// The same error, or that the run took too long where that is what ended it.
pub(crate) fn if_overdue(e: Error, overdue: &Overdue, limit: Option<Duration>) -> Error {
    match limit {
        Some(limit) if e.kind() == ErrorKind::Interrupted && overdue.load(Ordering::SeqCst) => {
            let limit = limit.as_secs_f64();
            let limit = if limit < 120.0 { format!("{limit} s") } else { format!("{:.0} min", limit / 60.0) };
            let error = Error::new(
                ErrorKind::Duration,
                format!("the run took longer than max_duration, {limit}, and was stopped; what was not committed is rolled back"),
            )
            .hint("the same command goes on where this one stopped; give it more time, or go back to the state before with `rollback`");
            match e.what_is_applied() {
                Some(applied) => error.applied(applied.to_owned()),
                None => error,
            }
        }
        _ => e,
    }
}
