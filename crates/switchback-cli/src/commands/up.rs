//! `up`: applies what is pending.

use crate::answer::Answer;
use crate::app::{self, App, Missing};
use crate::commands::{self, plan};
use crate::config::BackupWhen;
use crate::databases::Database;
use crate::guard::{self, Deed};
use std::path::PathBuf;
use switchback::backup::{self, Before, When};
use switchback::plan::saved::Action;
use switchback::{Direction, Error, ErrorKind, Result, Target};

/// Apply what is pending
///
/// Goes over all databases of switchback.toml, in its order, unless --database names one; the first failure ends it.
/// Each migration is one transaction with its record, or one for each of its steps. What was committed stays: after a
/// failure or a crash, the same command goes on where it stopped.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchback up
  switchback up --database journal --to 7
  switchback up --env production --database journal --plan plan.json
  switchback up --url postgres://app@db1/journal --migrations migrations/journal --dry-run")]
pub struct Args {
    /// Up to and including this version
    #[arg(long, value_name = "V", conflicts_with = "steps")]
    to: Option<i64>,

    /// This many migrations
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    steps: Option<u64>,

    /// Only show what would run, as `plan` does
    #[arg(long)]
    dry_run: bool,

    /// One transaction for neighbouring migrations of one plain step each; all others keep their own
    #[arg(long)]
    single_transaction: bool,

    /// Go on although the schema is not what the last migration left (see `drift`); the journal tells it
    #[arg(long)]
    allow_drift: bool,

    /// Run exactly this saved plan (`plan --out FILE`); refused when anything moved since
    #[arg(long, value_name = "FILE", conflicts_with_all = ["to", "steps", "dry_run"])]
    plan: Option<PathBuf>,

    /// Write what monitoring wants to know to this file, for Prometheus
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,

    /// When to make a backup first, whatever switchback.toml says; without either: always on SQLite, data-loss on
    /// PostgreSQL
    #[arg(long, value_enum, value_name = "WHEN")]
    backup: Option<BackupWhen>,
}

/// How many of the backups that runs make stay, where nothing says otherwise.
const KEPT: usize = 10;

/// What a protected environment keeps before a run is not for the command line to take away: no plan says it.
fn must_back_up(database: &Database, asked: Option<BackupWhen>) -> Result<()> {
    let (Some(asked), true) = (asked, database.policy.protected) else { return Ok(()) };
    let engine = app::engine(database.url.as_ref().map_err(Clone::clone)?);
    let how_often = |when: When| match when {
        When::Never => 0,
        When::DataLoss => 1,
        When::Always => 2,
    };
    if how_often(asked.when()) >= how_often(database.backup_when(engine)) {
        return Ok(());
    }
    let what = "the database is protected, and --backup asks for fewer backups than its configuration";
    Err(Error::new(ErrorKind::Plan, what)
        .hint("leave --backup out, or have `backup = ...` of the environment changed in switchback.toml; nothing was changed"))
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let target = commands::target(args.to, args.steps, Target::Latest);
    let databases = app.databases()?;
    if databases.len() > 1 && target != Target::Latest {
        return Err(app::several("--to and --steps are about one database", &databases));
    }
    if args.dry_run {
        return plan::show(app, Direction::Up, target);
    }
    if args.plan.is_some() && databases.len() > 1 {
        return Err(app::several("--plan is about one database", &databases));
    }
    let drift = args.allow_drift.then(|| "--allow-drift".to_owned());
    let deed =
        Deed { action: Action::Up, arguments: drift.into_iter().collect(), plan: args.plan.as_deref() };
    let mut answer = Answer::new("databases");
    // All of them before anything runs on one.
    let mut permits = Vec::new();
    for database in &databases {
        match guard::unless(app, database, must_back_up(database, args.backup))
            .and_then(|()| guard::permit(app, database, &deed))
        {
            Ok(permit) => permits.push(permit),
            Err(error) => {
                answer.fail(&database.name, error);
                return Ok(answer);
            }
        }
    }
    for (database, permit) in databases.iter().zip(&permits) {
        if app.interrupt.requested() {
            answer.fail(&database.name, Error::new(ErrorKind::Interrupted, "interrupted before it began"));
            break;
        }
        commands::write(
            app,
            database,
            &mut answer,
            Missing::Create,
            Direction::Up,
            &|options| {
                permit.apply(options);
                options.single_transaction = args.single_transaction;
                options.allow_drift = args.allow_drift;
            },
            &mut |connected| {
                let usual = || database.backup_when(connected.set().dialect);
                let when = args.backup.map_or_else(usual, BackupWhen::when);
                let (dir, keep) = (database.backups.clone(), database.keep.unwrap_or(KEPT));
                backup::up(connected, target, &Before { when, dir, keep })
            },
        );
        if !answer.failures().is_empty() {
            break;
        }
    }
    Ok(answer)
}
