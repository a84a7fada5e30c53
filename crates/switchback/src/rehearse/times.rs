//! How long each migration and step takes, also those of a migration that fails in the end.

use crate::event::{Event, Observer, Watch};
use std::cell::RefCell;
use std::rc::Rc;
use switchback_plan::rehearsal::{Timed, TimedStep};

/// What was heard of a run so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Times(Rc<RefCell<Vec<Timed>>>);

impl Times {
    /// Listens, and hands everything on.
    pub(super) fn listening(&self, mut to: Watch) -> impl Observer + 'static + use<> {
        let times = Rc::clone(&self.0);
        move |event: &Event<'_>| {
            hear(&mut times.borrow_mut(), event);
            to.event(event);
        }
    }

    /// What was heard since this was asked last.
    pub(super) fn take(&self) -> Vec<Timed> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

fn hear(times: &mut Vec<Timed>, event: &Event<'_>) {
    match event {
        Event::MigrationStarted { label, .. } => {
            // `V3__split_full_name`
            let (version, name) = label.trim_start_matches('V').split_once("__").unwrap_or((label, ""));
            let version = version.parse().unwrap_or_default();
            times.push(Timed {
                version,
                name: name.to_owned(),
                seconds: 0.0,
                steps: Vec::new(),
                benchmarks: Vec::new(),
            });
        }
        Event::StepFinished { report } => {
            let Some(migration) = times.last_mut() else { return };
            migration.seconds += report.seconds;
            migration.steps.push(TimedStep {
                name: report.name.clone(),
                seconds: report.seconds,
                rows: report.changes.iter().filter_map(|change| change.rows).sum(),
            });
        }
        // With what it does besides its steps.
        Event::MigrationFinished { seconds, .. } => {
            if let Some(migration) = times.last_mut() {
                migration.seconds = *seconds;
            }
        }
        _ => {}
    }
}
