//! `rehearse`: what a run will do, over a backup, in a throwaway database.

use crate::answer::Answer;
use crate::app::App;
use crate::commands::identity::Identity;
use crate::commands::{self, backup};
use crate::config::shown;
use crate::output;
use crate::render::rehearsal as render;
use std::path::{Path, PathBuf};
use switchback::plan::rehearsal::Rehearsal;
use switchback::rehearse::{self, Asked};
use switchback::{Error, ErrorKind, Location, Migrator, Result, Target, Watch};

/// Restore a backup into a throwaway database, and do there what `up` will do, timed
///
/// Restores, checks, applies what is pending, checks again, goes down, and compares schema and rows with the backup. The live
/// database is not connected to, and the backup stays as it is; hooks do not run. What fails ends it, with what was timed
/// until there. With --out the report is written to a file, for `plan --rehearsal`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchback rehearse --database journal
  switchback rehearse backups/journal/2026-11-22T05-30-00Z_V5 --database journal --out rehearsal.json
  switchback plan --database journal --rehearsal rehearsal.json --out plan.json")]
pub struct Args {
    /// The backup [default: the newest]
    #[arg(value_name = "BACKUP")]
    backup: Option<PathBuf>,

    /// Up to and including this version
    #[arg(long, value_name = "V", conflicts_with = "steps")]
    to: Option<i64>,

    /// This many migrations
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    steps: Option<u64>,

    /// The folder of the backups [default: backups/DATABASE beside switchback.toml]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,

    /// Write the report to this file, as JSON
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Make the throwaway database on this PostgreSQL server instead of starting one
    #[arg(long, value_name = "URL")]
    scratch_url: Option<String>,

    #[command(flatten)]
    identity: Identity,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let database = args.identity.of(app.one("a rehearsal is about one database")?);
    let dir = args.dir.as_ref().unwrap_or(&database.backups);
    let backup = backup::chosen(args.backup.as_ref(), dir, &database.name)?;
    let on = app.scratch_options(args.scratch_url.clone())?;
    let migrator = Migrator::new(database.source.clone()?).options(app.options(&database));
    let target = commands::target(args.to, args.steps, Target::Latest);
    let asked = Asked { backup: &backup, target, on: &on };
    let rehearse = |watch: &Watch| rehearse::rehearse(&migrator, &asked, watch);
    let done = app.interrupt.patiently(|| app.watched(&database.name, rehearse))?;
    app.text(&render::rehearsal(app.paint, &done.report, &backup, &app.start));
    let mut answer = Answer::new("databases");
    answer.add(&done.report);
    if let Some(error) = done.failure {
        answer.fail(&database.name, error);
    }
    match args.out.as_ref().map(|out| (out, write(out, &done.report))) {
        Some((out, Ok(()))) => app.text(&format!("  written to {}\n", shown(out, &app.start))),
        Some((_, Err(error))) => answer.fail(&database.name, error),
        None => {}
    }
    Ok(answer)
}

fn write(out: &Path, report: &Rehearsal) -> Result<()> {
    let text = output::redact_json(&report.render()?);
    std::fs::write(out, text).map_err(|e| {
        Error::new(ErrorKind::Io, format!("the report cannot be written to {}: {e}", out.display()))
            .hint("name a file in a folder that can be written with --out")
    })
}

/// Reads the report of a rehearsal.
///
/// # Errors
/// When it cannot be read, or is none.
pub fn read(file: &Path) -> Result<Rehearsal> {
    let shown = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|e| {
        Error::new(ErrorKind::Plan, format!("the rehearsal cannot be read: {e}"))
            .at(Location::file(&shown))
            .hint("give the file that `rehearse --out FILE` wrote")
    })?;
    Rehearsal::parse(&shown, &text)
}
