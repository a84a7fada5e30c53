//! What happens while it happens: the library never prints, it tells an observer.

use std::cell::RefCell;
use std::rc::Rc;
use switchback_plan::Direction;

/// Something that an observer may want to show.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The lock is held by somebody else; sent about once a second.
    Waiting {
        /// `pid 4711 on db1, since 2026-01-01T00:00:00Z`.
        holder: &'a str,
        /// How long we have waited, in seconds.
        waited: f64,
    },
    /// A lock timeout or deadlock: the transaction was rolled back and is tried again.
    Retrying {
        /// The server's message.
        reason: &'a str,
        /// From 1.
        attempt: u32,
        /// The pause before it, in seconds.
        pause: f64,
    },
    /// A migration begins (or goes on).
    MigrationStarted {
        /// `V3__split_full_name`.
        label: &'a str,
        /// Which way.
        direction: Direction,
        /// From 1.
        index: usize,
        /// How many this run has.
        total: usize,
    },
    /// A step begins.
    StepStarted {
        /// Its name.
        step: &'a str,
        /// Rows to be done, where that is known (batches).
        rows: Option<u64>,
    },
    /// A batch was committed.
    Batch {
        /// Rows done so far in this step.
        rows: u64,
        /// Rows to be done in all, where known.
        total: Option<u64>,
    },
    /// A step was committed.
    StepFinished {
        /// What it did.
        report: &'a crate::report::StepReport,
    },
    /// A migration was committed.
    MigrationFinished {
        /// `V3__split_full_name`.
        label: &'a str,
        /// Which way.
        direction: Direction,
        /// How long it took, in seconds.
        seconds: f64,
    },
    /// Work beside the migrations goes on: a backup is made, a copy is read.
    Work {
        /// `copying the database`.
        what: &'a str,
        /// How much is done.
        done: u64,
        /// How much there is to do, where known.
        total: Option<u64>,
        /// What is counted: `pages`, `rows`, `MB`.
        unit: &'static str,
    },
    /// Something worth knowing that stops nothing.
    Warning {
        /// A sentence.
        message: &'a str,
    },
}

/// Sees the events of a run.
pub trait Observer {
    /// Called in the thread of the run; should return soon.
    fn event(&mut self, event: &Event<'_>);
}

/// Sees nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {
    fn event(&mut self, _event: &Event<'_>) {}
}

/// One observer that several things tell of what they do, one after the other.
#[derive(Clone)]
pub struct Watch(Rc<RefCell<dyn Observer>>);

impl Watch {
    /// Shares an observer.
    pub fn new(observer: impl Observer + 'static) -> Watch {
        Watch(Rc::new(RefCell::new(observer)))
    }
}

impl Observer for Watch {
    fn event(&mut self, event: &Event<'_>) {
        self.0.borrow_mut().event(event);
    }
}

impl<F: FnMut(&Event<'_>)> Observer for F {
    fn event(&mut self, event: &Event<'_>) {
        self(event);
    }
}
