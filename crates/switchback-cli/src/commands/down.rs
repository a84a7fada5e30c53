//! `down`: undoes what is applied.

use crate::answer::Answer;
use crate::app::{App, Missing};
use crate::commands;
use switchback::{Result, Target};

/// Undo what is applied, newest first; one migration unless told otherwise
///
/// Runs the way down that lies beside the migration when it is the recorded one, else the recorded one. A migration
/// that is irreversible is refused before anything runs.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchback down
  switchback down --database journal --to 3     until version 3 is the newest that is applied
  switchback down --database journal --to 0     until none is left")]
pub struct Args {
    /// Until this version is the newest that is applied; 0: until none is left
    #[arg(long, value_name = "V", conflicts_with = "steps")]
    to: Option<i64>,

    /// This many migrations [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    steps: Option<u64>,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let database = app.one("`down` is about one database")?;
    let target = commands::target(args.to, args.steps, Target::Steps(1));
    let mut answer = Answer::new("databases");
    commands::write(app, &database, &mut answer, Missing::Refuse, &|_| {}, &mut |connected| {
        connected.down(target)
    });
    Ok(answer)
}
