//! Sees the events of a run: shows progress, and keeps what was committed for the case that the run fails.

use crate::progress::Progress;
use std::cell::RefCell;
use std::rc::Rc;
use switchback::report::{MigrationReport, Report};
use switchback::{Event, Observer};

/// The observer of a run.
pub struct Watch {
    done: Rc<RefCell<Report>>,
    progress: Progress,
    /// The migration that runs, until its first step is committed.
    current: Option<MigrationReport>,
}

impl Watch {
    /// Collects into `done`.
    pub fn new(done: Rc<RefCell<Report>>, progress: Progress) -> Watch {
        Watch { done, progress, current: None }
    }
}

impl Observer for Watch {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::MigrationStarted { label, direction, .. } => {
                self.done.borrow_mut().direction = direction.as_str();
                let (version, name) = split(label);
                self.current = Some(MigrationReport { version, name, ..MigrationReport::default() });
            }
            Event::StepFinished { report } => {
                let mut done = self.done.borrow_mut();
                done.migrations.extend(self.current.take());
                if let Some(migration) = done.migrations.last_mut() {
                    migration.steps.push((*report).clone());
                }
            }
            _ => {}
        }
        self.progress.event(event);
    }
}

/// `V3__split_full_name` in its two parts.
fn split(label: &str) -> (i64, String) {
    let rest = label.get(1..).unwrap_or_default();
    let (version, name) = rest.split_once("__").unwrap_or((rest, label));
    (version.parse().unwrap_or_default(), name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchback::Direction;
    use switchback::report::{Change, StepReport};

    #[test]
    fn what_was_committed_before_a_failure_is_kept() {
        let done = Rc::new(RefCell::new(Report::default()));
        let mut watch = Watch::new(Rc::clone(&done), Progress::None { quiet: true });
        let step = |name: &str| StepReport {
            name: name.to_owned(),
            seconds: 0.5,
            changes: vec![Change { what: "update users".to_owned(), rows: Some(3) }],
        };
        let start =
            |label, index| Event::MigrationStarted { label, direction: Direction::Up, index, total: 2 };
        watch.event(&start("V7__one", 1));
        watch.event(&Event::StepFinished { report: &step("main") });
        watch.event(&start("V8__two", 2));
        watch.event(&Event::StepFinished { report: &step("expand") });
        watch.event(&Event::StepFinished { report: &step("fill") });
        watch.event(&start("V9__fails", 3));
        let done = done.borrow();
        let shape: Vec<(i64, &str, usize)> =
            done.migrations.iter().map(|m| (m.version, m.name.as_str(), m.steps.len())).collect();
        assert_eq!(shape, [(7, "one", 1), (8, "two", 2)]);
        assert_eq!(done.direction, "up");
    }
}
