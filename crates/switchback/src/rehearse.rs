//! A rehearsal: a backup in a throwaway database, then all that a run will do to it, part by part, timed. Neither the live
//! database nor the backup is written to; the live one is not even connected to.

mod compare;
mod times;

use crate::backup::{self, Form, Manifest};
use crate::connect::redact;
use crate::db::values;
use crate::event::Watch;
use crate::migrator::{Connected, Migrator};
use crate::report::{CheckReport, Report, Severity};
use crate::scratch::{self, Scratch};
use crate::value::format_timestamp;
use compare::Before;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;
use switchback_plan::rehearsal::{Act, FORMAT, Over, Part, Rehearsal, TimedBenchmark};
use switchback_plan::words::plural;
use switchback_plan::{Dialect, Direction, Error, ErrorKind, Plan, Result, Target, plan};
use time::OffsetDateTime;
use times::Times;

/// What is to be rehearsed.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The backup.
    pub backup: &'a Path,
    /// How far the way up goes.
    pub target: Target,
    /// Where the throwaway database is made.
    pub on: &'a scratch::Options,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Rehearsed {
    /// What was done until it ended.
    pub report: Rehearsal,
    /// Why it ended early.
    pub failure: Option<Error>,
}

/// Rehearses what is pending over a backup.
///
/// # Errors
/// A backup that is not what it was, or files that are not what the format asks for: nothing was begun then. What goes
/// wrong later is in the result, with what was timed until there.
pub fn rehearse(migrator: &Migrator, asked: &Asked<'_>, watch: &Watch) -> Result<Rehearsed> {
    let start = Instant::now();
    let manifest = backup::files(asked.backup)?;
    let options = backup::verify::in_schema(migrator.settings(), &manifest);
    let migrator = migrator.clone().options(options.clone());
    let dialect = match manifest.form {
        Form::Sqlite => Dialect::Sqlite,
        Form::PgDump | Form::PgDumpZstd | Form::Copy => Dialect::Postgres,
    };
    // A bad file is found before an hour of restoring.
    migrator.read_unsealed(dialect)?;
    let head = manifest.head.as_ref().map(|head| head.version);
    let mut stage = Stage {
        report: Rehearsal {
            format: FORMAT,
            database: manifest.database.clone(),
            engine: dialect.as_str().to_owned(),
            tool: options.tool.clone(),
            at: format_timestamp(options.clock.unwrap_or_else(OffsetDateTime::now_utc)),
            backup: over(asked.backup, &manifest),
            from: head,
            to: head,
            files: BTreeMap::new(),
            passed: false,
            acts: Vec::new(),
            up: Vec::new(),
            down: Vec::new(),
            seconds: 0.0,
        },
        failure: None,
        times: Times::default(),
    };
    // Dropped behind the connections to it, whatever happened: then it is gone.
    let mut filled: Option<Scratch> = None;
    let restored = stage.act(Part::Restore, || {
        let mut observer = watch.clone();
        let made =
            backup::verify::filled(asked.backup, &manifest, migrator.settings(), asked.on, &mut observer)?;
        let connected = migrator.clone().connect(made.url())?;
        filled = Some(made);
        Ok((connected, format!("{} rows of {}", manifest.rows(), manifest.taken_at)))
    });
    if let Some(connected) = restored {
        let mut connected = connected.observer(stage.times.listening(watch.clone()));
        let played = play(&mut connected, &manifest, asked.target, &mut stage);
        stage.report.passed = played.is_some() && stage.failure.is_none();
    }
    drop(filled);
    stage.report.seconds = start.elapsed().as_secs_f64();
    Ok(Rehearsed { report: stage.report, failure: stage.failure })
}

/// What the report says of the backup.
fn over(path: &Path, manifest: &Manifest) -> Over {
    Over {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        taken_at: manifest.taken_at.clone(),
        server: manifest.server.clone(),
        rows: manifest.rows(),
        identity: manifest.identity.clone(),
    }
}

/// The report as it grows.
struct Stage {
    report: Rehearsal,
    failure: Option<Error>,
    times: Times,
}

impl Stage {
    /// Does it, and notes how long it took and what came of it. An error ends the rehearsal with that part.
    fn act<T>(&mut self, part: Part, work: impl FnOnce() -> Result<(T, String)>) -> Option<T> {
        let start = Instant::now();
        let done = work();
        let seconds = start.elapsed().as_secs_f64();
        let mut note =
            |passed, outcome| self.report.acts.push(Act { part, seconds, passed, outcome: redact(outcome) });
        match done {
            Ok((value, outcome)) => {
                note(true, &outcome);
                Some(value)
            }
            Err(e) => {
                let e = values::of_error(&e);
                let place = e.location().map(|place| format!("{place}: ")).unwrap_or_default();
                note(false, &format!("{place}{}", e.message()));
                self.failure = Some(failed(part, &e));
                None
            }
        }
    }

    /// What was done without anything to be timed.
    fn note(&mut self, part: Part, outcome: String) {
        self.report.acts.push(Act { part, seconds: 0.0, passed: true, outcome });
    }
}

/// The error that ended it: what failed in the throwaway database, and that nothing else was touched.
fn failed(part: Part, e: &Error) -> Error {
    if e.kind() == ErrorKind::Interrupted {
        return e.clone().hint("nothing but a throwaway database was changed, and that is gone");
    }
    let message = format!("the rehearsal failed in `{}`: {}", part.as_str(), e.message());
    let what = match e.what_next() {
        // What is said of a run that failed is not so here: nothing goes on.
        Some(hint) if part != Part::Up && part != Part::Down => format!("{hint}; "),
        Some(_) | None => "mend what is named, and rehearse again; ".to_owned(),
    };
    let error = Error::new(e.kind(), message)
        .hint(format!("{what}nothing but a throwaway database was changed, and that is gone"))
        .differing(e.differences().to_vec());
    let error = match e.location() {
        Some(place) => error.at(place.clone()),
        None => error,
    };
    match e.server_code() {
        Some(code) => error.code(code),
        None => error,
    }
}

/// All that a run does, and the way back from it. `None` where something failed.
fn play(connected: &mut Connected, manifest: &Manifest, target: Target, stage: &mut Stage) -> Option<()> {
    let before = stage.act(Part::CheckBefore, || {
        let said = checked(&connected.check()?)?;
        Ok((Before::read(connected, manifest)?, said))
    })?;
    let mut files = BTreeMap::new();
    let up = stage.act(Part::Up, || {
        let planned = planned(connected, Direction::Up, target)?;
        if planned.is_empty() {
            return Err(Error::new(ErrorKind::Refused, "nothing is pending over this backup")
                .hint("name a backup that was made before what is to be rehearsed was applied"));
        }
        files = connected.saved_files(Some(&planned), false);
        let report = connected.up(target)?;
        let said = count(&report);
        Ok((report, said))
    });
    stage.report.up = stage.times.take();
    if let Some(report) = &up {
        for m in &mut stage.report.up {
            m.benchmarks = benchmarks(report, m.version);
        }
        stage.report.to = report.migrations.iter().map(|m| m.version).chain(stage.report.from).max();
    }
    stage.report.files = files;
    up?;
    stage.act(Part::CheckAfter, || Ok(((), checked(&connected.check()?)?)))?;
    way_down(connected, manifest, &before, stage)
}

fn way_down(
    connected: &mut Connected,
    manifest: &Manifest,
    before: &Before,
    stage: &mut Stage,
) -> Option<()> {
    let to = Target::Version(stage.report.from.unwrap_or_default());
    match planned(connected, Direction::Down, to) {
        Err(e) if e.kind() == ErrorKind::Irreversible => {
            stage.note(Part::Down, format!("{}: the way back is the backup", e.message()));
            return Some(());
        }
        // What else stands in its way is said by the way down itself.
        Err(_) | Ok(_) => {}
    }
    let down = stage.act(Part::Down, || Ok(((), count(&connected.down(to)?))));
    stage.report.down = stage.times.take();
    down?;
    if manifest.half_done {
        let said = "not done: the backup has a migration half-done, which the way down undid whole";
        stage.note(Part::Compare, said.to_owned());
        return Some(());
    }
    let versions: Vec<i64> = stage.report.up.iter().map(|m| m.version).collect();
    stage.act(Part::Compare, || Ok(((), before.compare(connected, manifest, &versions)?)))
}

fn planned(connected: &mut Connected, direction: Direction, target: Target) -> Result<Plan> {
    let state = connected.read(direction == Direction::Down)?;
    plan(&connected.local, &state.history, direction, target)
}

/// What the queries of a migration took.
fn benchmarks(report: &Report, version: i64) -> Vec<TimedBenchmark> {
    let of = report.migrations.iter().filter(|m| m.version == version);
    of.flat_map(|m| &m.benchmarks)
        .map(|b| TimedBenchmark {
            name: b.name.clone(),
            before: b.before,
            after: b.after,
            ratio: b.ratio,
            max_slowdown: b.max_slowdown,
        })
        .collect()
}

fn count(report: &Report) -> String {
    let steps = report.migrations.iter().map(|m| m.steps.len()).sum();
    format!("{}, {}", plural(report.migrations.len(), "migration"), plural(steps, "step"))
}

/// What a look at the database found; an error where it would stop a run.
fn checked(report: &CheckReport) -> Result<String> {
    if let Some(check) = report.checks.iter().find(|c| c.rows > 0 || c.error.is_some()) {
        let found = match &check.error {
            Some(e) => format!("could not run: {}", values::of_text(e)),
            None => format!("returned {}", plural(usize::try_from(check.rows).unwrap_or(usize::MAX), "row")),
        };
        let label = format!("V{}__{}", check.version, check.name);
        return Err(Error::new(ErrorKind::Check, format!("a check of {label} {found}: {}", check.what))
            .hint("the query is in the checks.sql of its migration"));
    }
    if let Some(finding) = report.findings.iter().find(|f| f.severity == Severity::Fail) {
        let error = Error::new(ErrorKind::Check, finding.message.clone());
        return Err(match &finding.hint {
            Some(hint) => error.hint(hint.clone()),
            None => error,
        });
    }
    if let Some(why) = report.preflight.as_ref().and_then(|p| p.refused.as_ref()) {
        return Err(Error::new(ErrorKind::Check, format!("it would be refused: {}", values::of_text(why)))
            .hint("`check` on the live database says which rows"));
    }
    let warnings: Vec<&str> =
        report.findings.iter().filter(|f| f.severity == Severity::Warn).map(|f| f.message.as_str()).collect();
    let mut said = format!(
        "{}, {} looked at",
        plural(report.checks.len(), "check"),
        plural(report.findings.len(), "thing")
    );
    for warning in warnings {
        said.push_str("; ");
        said.push_str(warning);
    }
    Ok(said)
}
