//! `up`: applies what is pending.

use crate::answer::Answer;
use crate::app::{self, App, Missing};
use crate::commands::{self, plan};
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
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let target = commands::target(args.to, args.steps, Target::Latest);
    let databases = app.databases()?;
    if databases.len() > 1 && target != Target::Latest {
        let names: Vec<String> = databases.into_iter().map(|d| d.name).collect();
        return Err(app::several("--to and --steps are about one database", &names));
    }
    if args.dry_run {
        return plan::show(app, Direction::Up, target);
    }
    let mut answer = Answer::new("databases");
    for database in &databases {
        if app.interrupt.requested() {
            answer.fail(&database.name, Error::new(ErrorKind::Interrupted, "interrupted before it began"));
            break;
        }
        commands::write(
            app,
            database,
            &mut answer,
            Missing::Create,
            &|options| {
                options.single_transaction = args.single_transaction;
                options.allow_drift = args.allow_drift;
            },
            &mut |connected| connected.up(target),
        );
        if !answer.failures().is_empty() {
            break;
        }
    }
    Ok(answer)
}
