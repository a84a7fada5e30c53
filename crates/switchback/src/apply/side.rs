//! One side of a SQL migration while it runs, and the records that go with its commits.

use super::Run;
use crate::db::Bound;
use crate::report::StepReport;
use crate::store::Entry;
use std::time::Duration;
use switchback_plan::{Current, Direction, Progress, Result, Script, WayDown};

/// One side of a SQL migration.
pub(super) struct Side<'m> {
    pub direction: Direction,
    pub version: i64,
    pub name: &'m str,
    /// What runs.
    pub script: &'m Script,
    /// The other side, where it is SQL and at hand: to turn a half-done batch round.
    pub other: Option<&'m Script>,
    pub up_sha256: &'m str,
    /// The names of the up's steps.
    pub up_steps: Vec<String>,
    pub lock_timeout: Option<Duration>,
    pub checks: Option<&'m Script>,
    pub finish: Finish<'m>,
}

/// What the last commit records besides the journal.
pub(super) enum Finish<'m> {
    /// The migration is applied.
    Applied {
        /// Refinery's own INSERT.
        insert: &'m str,
        /// To be stored.
        down: &'m WayDown,
    },
    /// The migration is undone.
    Undone,
}

/// What a commit does to the progress of a migration.
pub(super) enum Advance<'s> {
    /// A step is finished; `name` is that of the up's step that now stands, or stands no more.
    Step { name: &'s str, last: bool },
    /// A step is half-done.
    Half(Current),
    /// A half-done step of the other direction was turned back; nothing is half-done any more.
    TurnedBack,
    /// All steps were finished before: only the end is recorded.
    End,
}

impl<'a> Run<'a> {
    /// The journal's row of a step.
    pub(super) fn step_entry(
        &self,
        event: &'static str,
        migration: (i64, &str),
        direction: Direction,
        sha256: (&str, Option<&str>),
        report: &StepReport,
    ) -> Entry {
        let rows: u64 = report.changes.iter().filter_map(|c| c.rows).sum();
        Entry {
            version: Some(migration.0),
            name: Some(migration.1.to_owned()),
            step: Some(report.name.clone()),
            direction: Some(direction),
            sha256: Some(sha256.0.to_owned()),
            down_sha256: sha256.1.map(str::to_owned),
            duration_ms: Some((report.seconds * 1000.0) as i64),
            row_count: Some(i64::try_from(rows).unwrap_or(i64::MAX)),
            detail: super::losses::detail(&report.losses),
            ..self.entry(event)
        }
    }

    /// The journal's row of a step of this side.
    pub(super) fn side_entry(
        &self,
        side: &Side<'_>,
        event: Option<&'static str>,
        report: &StepReport,
    ) -> Entry {
        let finished = match side.direction {
            Direction::Up => "step_finished",
            Direction::Down => "reverted",
        };
        let down = match &side.finish {
            Finish::Applied { down, .. } => down.body().map(switchback_plan::Body::sha256),
            Finish::Undone => None,
        };
        self.step_entry(
            event.unwrap_or(finished),
            (side.version, side.name),
            side.direction,
            (&side.script.sha256, down),
            report,
        )
    }

    /// The records of a commit, and the new state: history, undo and progress move together or not at all.
    pub(super) fn advance(&mut self, side: &Side<'_>, how: Advance<'_>) -> Result<Vec<Bound>> {
        let begun = self.progress.is_some();
        let mut progress = match self.progress.take() {
            Some(progress) => progress,
            None => self.begin_progress(side),
        };
        let last = match how {
            Advance::Step { name, last } => {
                match (side.direction, progress.locked) {
                    (Direction::Up, _) => progress.standing.push(name.to_owned()),
                    (Direction::Down, _) => progress.standing.retain(|s| s != name),
                }
                progress.current = None;
                last
            }
            Advance::Half(current) => {
                progress.current = Some(current);
                false
            }
            Advance::TurnedBack => {
                progress.current = None;
                false
            }
            Advance::End => true,
        };
        let mut records = Vec::new();
        match &side.finish {
            Finish::Applied { insert, down } => {
                if !begun {
                    let sequence = self.head.id;
                    records.push(self.store.put_undo(
                        side.version,
                        side.name,
                        sequence,
                        side.up_sha256,
                        down,
                        &side.up_steps,
                    ));
                }
                if last {
                    records.push(Bound::new(*insert, vec![]));
                }
            }
            Finish::Undone => {
                if !begun {
                    records.push(self.store.delete_history(side.version));
                }
                if last {
                    records.push(self.store.delete_undo(side.version));
                }
            }
        }
        match (begun, last) {
            (true, true) => records.push(self.store.delete_progress()),
            (true, false) => records.push(self.store.update_progress(&progress)),
            (false, false) => records.push(self.store.insert_progress(&progress)),
            (false, true) => {}
        }
        if last {
            records.extend(self.schema_record(side.version, side.direction)?);
            records.extend(self.end_run());
        }
        self.progress = (!last).then_some(progress);
        Ok(records)
    }

    /// The state of a migration of which nothing is half-done: all of it stands, or nothing.
    fn begin_progress(&self, side: &Side<'_>) -> Progress {
        let down_steps: Vec<&str> = side.script.steps.iter().map(|s| s.name.as_str()).collect();
        let (standing, locked) = match side.direction {
            Direction::Up => (Vec::new(), None),
            // A Rust side tells its steps only while it runs; they bear the names of the up's.
            Direction::Down if down_steps.is_empty() => (side.up_steps.clone(), None),
            Direction::Down => match switchback_plan::plan::pair_steps(&side.up_steps, &down_steps) {
                Some(_) => (side.up_steps.clone(), None),
                // Without pairs the down can only go on: what stands are its own steps that are still to run.
                None => (down_steps.iter().map(|s| (*s).to_owned()).collect(), Some(Direction::Down)),
            },
        };
        Progress {
            version: side.version,
            name: side.name.to_owned(),
            up_sha256: side.up_sha256.to_owned(),
            standing,
            locked,
            current: None,
            steps: side.up_steps.clone(),
            token: 1,
            stored_down: None,
        }
    }
}
