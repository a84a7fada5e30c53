//! Ctrl-C (and SIGTERM): while a run is under way the first one lets it roll back and stop, the second leaves at once.
//! Where nothing is under way, the first one leaves.

use crate::output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The exit code of an interrupted run.
pub const CODE: u8 = 130;

/// What the signal handler and a run share.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    flag: Arc<AtomicBool>,
    running: Arc<AtomicUsize>,
    /// A throwaway server is up: no signal may leave without taking it down.
    patient: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens from now on. Where somebody listens already, that stays so.
    pub fn listen(&self) {
        let shared = self.clone();
        // An error here means that a handler exists (a program that calls us twice): the run is safe without.
        let _ = ctrlc::set_handler(move || shared.signal());
    }

    fn signal(&self) {
        let first = !self.flag.swap(true, Ordering::SeqCst);
        if self.patient.load(Ordering::SeqCst) {
            return;
        }
        if self.running.load(Ordering::SeqCst) == 0 {
            std::process::exit(CODE.into());
        }
        if !first {
            // What was not committed is rolled back by the database itself.
            std::process::exit(CODE.into());
        }
        output::stderr("stopping after rolling back what is not committed; once more to leave at once\n");
    }

    /// Set once somebody wants to stop.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flag)
    }

    /// Whether somebody wants to stop.
    pub fn requested(&self) -> bool {
        self.flag.load(Ordering::SeqCst)
    }

    /// Marks a run that stops by itself when the flag is set.
    pub fn during<T>(&self, run: impl FnOnce() -> T) -> T {
        self.running.fetch_add(1, Ordering::SeqCst);
        let result = run();
        self.running.fetch_sub(1, Ordering::SeqCst);
        result
    }

    /// Marks a time in which even a second signal waits for the end.
    pub fn patiently<T>(&self, run: impl FnOnce() -> T) -> T {
        self.patient.store(true, Ordering::SeqCst);
        let result = run();
        self.patient.store(false, Ordering::SeqCst);
        result
    }
}
