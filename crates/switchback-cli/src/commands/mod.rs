//! One file per command: its options with their help, and what it does.

mod ask;
pub mod back;
pub mod backup;
pub mod baseline;
pub mod check;
pub mod completions;
pub mod down;
pub mod drift;
pub mod export;
pub mod grants;
pub mod identity;
pub mod import;
pub mod kept;
pub mod log;
pub mod man;
pub mod new;
pub mod plan;
pub mod prove;
pub mod redo;
pub mod rehearse;
pub mod repair;
pub mod restore;
pub mod rollback;
pub mod run_book;
pub mod scratch;
pub mod seal;
pub mod status;
pub mod up;
mod way_back;

use crate::answer::Answer;
use crate::app::{App, Missing};
use crate::databases::Database;
use crate::guard::{self, Deed, Permit};
use crate::hooks::{self, Moment};
use crate::render::{safety, text};
use std::time::Instant;
use switchback::report::Report;
use switchback::rollback::Eve;
use switchback::{Connected, Direction, Error, Note, Options, Result, Target};

/// `--to` and `--steps` as a target.
pub fn target(to: Option<i64>, steps: Option<u64>, otherwise: Target) -> Target {
    match (to, steps) {
        (Some(version), _) => Target::Version(version),
        (None, Some(steps)) => Target::Steps(usize::try_from(steps).unwrap_or(usize::MAX)),
        (None, None) => otherwise,
    }
}

/// What changes one database, where that is permitted.
///
/// # Errors
/// When the options choose no database, or several.
pub fn on_one(
    app: &App<'_>,
    command: &str,
    deed: &Deed<'_>,
    work: impl FnOnce(&Database, &Permit, &mut Answer) -> Result<()>,
) -> Result<Answer> {
    let database = app.one(&format!("`{command}` is about one database"))?;
    Ok(Answer::of("databases", &database.name, |answer| {
        let permit = guard::permit(app, &database, deed)?;
        work(&database, &permit, answer)
    }))
}

/// What a run does once it is connected.
pub type Run<'a> = dyn FnMut(&mut Connected) -> Result<Report> + 'a;

/// Connects, runs, and reports: also what was committed before a failure.
pub fn write(
    app: &App<'_>,
    database: &Database,
    answer: &mut Answer,
    missing: Missing,
    direction: Direction,
    change: &dyn Fn(&mut Options),
    run: &mut Run<'_>,
) {
    let mut session = match app.connect(database, missing, change) {
        Ok(session) => session,
        Err(error) => return answer.fail(&database.name, error),
    };
    let begin = Instant::now();
    let hooked = match hooks_before(app, database, direction, &mut session.connected) {
        Ok(hooked) => hooked,
        Err(error) => {
            session.connected.record_refusal(&error);
            return answer.fail(&database.name, error);
        }
    };
    let wanted = direction == Direction::Up && !database.way_back.is_empty();
    let eve = match wanted.then(|| Eve::of(&mut session.connected)).transpose() {
        Ok(eve) => eve,
        Err(error) => {
            // Whoever was paused before goes on.
            let session = Some(&mut session.connected);
            let failed = hooked.and_then(|notes| hooks_after(app, database, direction, session, notes, true));
            return [Some(error), failed].into_iter().flatten().for_each(|e| answer.fail(&database.name, e));
        }
    };
    let result = app.carry_out(&mut session, run);
    // What was committed before a failure stays, so it is shown.
    let (report, mut failure) = match result {
        Ok(report) => (report, None),
        Err(error) => (session.connected.report().clone(), Some(error)),
    };
    let place = std::mem::take(&mut session.place);
    let time = begin.elapsed().as_secs_f64();
    let mut taken = None;
    let mut not_taken = None;
    let mut unreachable = None;
    let mut session = Some(session);
    if let (Some(eve), Some(error)) = (&eve, &failure)
        && database.way_back.iter().any(|criterion| criterion.is_met_by(error.kind()))
    {
        let looked = session.as_mut().map_or(Ok(None), |s| eve.look_back(&mut s.connected, error));
        match looked {
            Ok(None) => {}
            Ok(Some(behind)) => {
                // A server's database changes its name only where nobody is connected.
                drop(session.take());
                match way_back::go(app, database, &behind) {
                    Ok(done) => {
                        failure = failure.map(|error| way_back::taken(error, &done));
                        taken = Some(done);
                    }
                    Err(error) => not_taken = Some(error),
                }
                match app.connect(database, Missing::Refuse, change) {
                    Ok(again) => session = Some(again),
                    Err(error) => unreachable = Some(error),
                }
            }
            Err(error) => not_taken = Some(error),
        }
    }
    let mut hook_failed = None;
    if let Some(notes) = hooked {
        let connected = session.as_mut().map(|s| &mut s.connected);
        hook_failed = hooks_after(app, database, direction, connected, notes, failure.is_some());
    }
    // Its memory, the engine's page cache above all, is enough for the report.
    drop(session);
    if failure.is_none() || !report.migrations.is_empty() {
        app.text(&text::report(app.paint, &report, &place, time));
    }
    if let Some(done) = &taken {
        app.text(&safety::rolled_back(app.paint, done, &app.start));
    }
    answer.add(&way_back::Ran { report: &report, way_back: taken.as_ref() });
    for error in [failure, hook_failed, not_taken, unreachable].into_iter().flatten() {
        answer.fail(&database.name, error);
    }
}

/// Runs the hooks around what connects by itself (`restore`, `rollback`); what they said goes into the journal behind it.
/// The error besides is that of a hook behind.
///
/// # Errors
/// Of the hook before, when nothing was touched; of the work; of the hook on its failure, and then the answer has the
/// work's before it.
pub fn hooked<T>(
    app: &App<'_>,
    database: &Database,
    answer: &mut Answer,
    what: &str,
    work: impl FnOnce() -> Result<T>,
) -> Result<(T, Option<Error>)> {
    if !database.hooks.any() {
        return work().map(|done| (done, None));
    }
    // A database that cannot be read has no version to tell.
    let version = || app.connect_read_only(database).ok().and_then(|mut s| newest(&mut s.connected));
    let journal = |write: &dyn Fn(&mut Connected)| match app.connect(database, Missing::Refuse, &|_| {}) {
        Ok(mut session) => write(&mut session.connected),
        Err(e) => tracing::debug!("it could not be recorded: {e}"),
    };
    let said = hooks::run(app.interrupt, database, Moment::Before, what, version());
    let said = said.inspect_err(|error| journal(&|connected| connected.record_refusal(error)))?;
    let mut notes: Vec<String> = said.into_iter().collect();
    let done = work();
    let failed = hook_behind(app, database, what, version(), done.is_err(), &mut notes);
    journal(&|connected| record(connected, &notes));
    match (done, failed) {
        (Ok(done), failed) => Ok((done, failed)),
        (Err(error), None) => Err(error),
        (Err(error), Some(failed)) => {
            answer.fail(&database.name, error);
            Err(failed)
        }
    }
}

/// The newest version that is applied, where the database can be read.
fn newest(connected: &mut Connected) -> Option<i64> {
    connected.status().ok()?.applied.last().map(|a| a.version)
}

/// Runs the hook behind, and adds what it said to the notes; gives its error where it failed.
fn hook_behind(
    app: &App<'_>,
    database: &Database,
    what: &str,
    version: Option<i64>,
    failed: bool,
    notes: &mut Vec<String>,
) -> Option<Error> {
    let moment = if failed { Moment::OnFailure } else { Moment::After };
    match hooks::run(app.interrupt, database, moment, what, version) {
        Ok(said) => {
            notes.extend(said);
            None
        }
        Err(error) => {
            notes.push(error.message().to_owned());
            Some(error)
        }
    }
}

/// Writes what the hooks said into the journal.
fn record(connected: &mut Connected, notes: &[String]) {
    notes.iter().for_each(|note| connected.record_note(Note::Hook, note));
}

/// Runs the hook before, where there is something to do: what the journal is to say of it. `None` without hooks.
fn hooks_before(
    app: &App<'_>,
    database: &Database,
    direction: Direction,
    connected: &mut Connected,
) -> Result<Option<Vec<String>>> {
    if !database.hooks.any() {
        return Ok(None);
    }
    let status = connected.status()?;
    if direction == Direction::Up && status.pending.is_empty() && status.problems.is_empty() {
        return Ok(None);
    }
    let version = status.applied.last().map(|a| a.version);
    let said = hooks::run(app.interrupt, database, Moment::Before, direction.as_str(), version)?;
    Ok(Some(said.into_iter().collect()))
}

/// Runs the hook behind, and journals what all of them said, where the database can be reached; gives the error of one
/// that failed.
fn hooks_after(
    app: &App<'_>,
    database: &Database,
    direction: Direction,
    mut connected: Option<&mut Connected>,
    mut notes: Vec<String>,
    failed: bool,
) -> Option<Error> {
    let version = connected.as_mut().and_then(|connected| newest(connected));
    let error = hook_behind(app, database, direction.as_str(), version, failed, &mut notes);
    if let Some(connected) = connected {
        record(connected, &notes);
    }
    error
}
