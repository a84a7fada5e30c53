//! One file per command: its options with their help, and what it does.

pub mod baseline;
pub mod check;
pub mod completions;
pub mod down;
pub mod log;
pub mod man;
pub mod new;
pub mod plan;
pub mod redo;
pub mod repair;
pub mod scratch;
pub mod status;
pub mod up;

use crate::answer::Answer;
use crate::app::{App, Session};
use crate::databases::Database;
use crate::render::text;
use serde::Serialize;
use switchback::report::Report;
use switchback::{Options, Result, Target};

/// What `repair` and `baseline` wrote.
#[derive(Serialize)]
pub struct Written<'a> {
    /// The database.
    pub database: &'a str,
    /// Its engine.
    pub engine: &'static str,
    /// One line for each row.
    pub writes: &'a [String],
    /// What ran besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<&'a Report>,
}

/// `--to` and `--steps` as a target.
pub fn target(to: Option<i64>, steps: Option<u64>, otherwise: Target) -> Target {
    match (to, steps) {
        (Some(version), _) => Target::Version(version),
        (None, Some(steps)) => Target::Steps(usize::try_from(steps).unwrap_or(usize::MAX)),
        (None, None) => otherwise,
    }
}

/// Connects, runs, and reports: also what was committed before a failure.
pub fn write(
    app: &App<'_>,
    database: &Database,
    answer: &mut Answer,
    change: &dyn Fn(&mut Options),
    run: &mut dyn FnMut(&mut Session) -> Result<Report>,
) {
    let mut session = match app.connect(database, change) {
        Ok(session) => session,
        Err(error) => return answer.fail(&database.name, error),
    };
    let result = app.interrupt.during(|| run(&mut session));
    match result {
        Ok(report) => {
            app.text(&text::report(app.paint, &report, &session.place));
            answer.add(&report);
        }
        Err(error) => {
            let done = session.done.borrow();
            if !done.migrations.is_empty() {
                app.text(&text::report(app.paint, &done, &session.place));
            }
            answer.add(&*done);
            answer.fail(&database.name, error);
        }
    }
}
