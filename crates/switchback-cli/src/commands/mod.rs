//! One file per command: its options with their help, and what it does.

pub mod baseline;
pub mod check;
pub mod completions;
pub mod down;
pub mod drift;
pub mod import;
pub mod log;
pub mod man;
pub mod new;
pub mod plan;
pub mod prove;
pub mod redo;
pub mod repair;
pub mod scratch;
pub mod seal;
pub mod status;
pub mod up;

use crate::answer::Answer;
use crate::app::{App, Missing};
use crate::databases::Database;
use crate::render::text;
use serde::Serialize;
use std::time::Instant;
use switchback::report::Report;
use switchback::{Connected, Options, Result, Target};

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
    missing: Missing,
    change: &dyn Fn(&mut Options),
    run: &mut dyn FnMut(&mut Connected) -> Result<Report>,
) {
    let mut session = match app.connect(database, missing, change) {
        Ok(session) => session,
        Err(error) => return answer.fail(&database.name, error),
    };
    let begin = Instant::now();
    let result = app.carry_out(&mut session, run);
    let time = begin.elapsed().as_secs_f64();
    // What was committed before a failure stays, so it is shown.
    let (report, failure) = match result {
        Ok(report) => (report, None),
        Err(error) => (session.connected.report().clone(), Some(error)),
    };
    let place = std::mem::take(&mut session.place);
    // Its memory, the engine's page cache above all, is enough for the report.
    drop(session);
    if failure.is_none() || !report.migrations.is_empty() {
        app.text(&text::report(app.paint, &report, &place, time));
    }
    answer.add(&report);
    if let Some(error) = failure {
        answer.fail(&database.name, error);
    }
}
