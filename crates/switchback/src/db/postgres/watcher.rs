//! A thread that turns an interrupt into a cancel request: the statement that runs ends with an error, and everything
//! is rolled back in the ordinary way.

use crate::connect::Canceller;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// What the user wants, and whether the statement that ran has ended for it: what follows (rolling back, recording how
/// far it came) is not to be cancelled as well.
#[derive(Clone)]
pub(super) struct Interrupt {
    pub wanted: Arc<AtomicBool>,
    pub heard: Arc<AtomicBool>,
}

pub(super) struct Watcher {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// `None` where no thread can be started: then an interrupt waits for the end of the statement.
    pub fn start(canceller: Canceller, interrupt: Interrupt) -> Option<Watcher> {
        let ended = Arc::new(AtomicBool::new(false));
        let watched = Arc::clone(&ended);
        let thread = std::thread::Builder::new()
            .name("switchback-interrupt".to_owned())
            .spawn(move || {
                while !watched.load(Ordering::Acquire) {
                    if !interrupt.wanted.load(Ordering::Relaxed) {
                        interrupt.heard.store(false, Ordering::Relaxed);
                    } else if !interrupt.heard.load(Ordering::Relaxed)
                        && let Err(e) = canceller.cancel()
                    {
                        tracing::debug!("{e}");
                    }
                    // Woken at once when the connection ends.
                    std::thread::park_timeout(Duration::from_millis(100));
                }
            })
            .ok()?;
        Some(Watcher { ended, thread: Some(thread) })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::debug!("the thread that watches for interrupts has panicked");
            }
        }
    }
}
