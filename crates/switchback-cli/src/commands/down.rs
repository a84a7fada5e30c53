//! `down`: undoes what is applied.

use crate::answer::Answer;
use crate::app::{App, Missing};
use crate::commands;
use crate::guard::Deed;
use std::path::PathBuf;
use switchback::plan::saved::Action;
use switchback::{Direction, Result, Target};

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

    /// Run exactly this saved plan (`plan --down --out FILE`); refused when anything moved since
    #[arg(long, value_name = "FILE", conflicts_with_all = ["to", "steps"])]
    plan: Option<PathBuf>,

    /// Write what monitoring wants to know to this file, for Prometheus
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let target = commands::target(args.to, args.steps, Target::Steps(1));
    let deed = Deed { action: Action::Down, arguments: Vec::new(), plan: args.plan.as_deref() };
    commands::on_one(app, "down", &deed, |database, permit, answer| {
        let run: &mut commands::Run<'_> = &mut |connected| connected.down(target);
        commands::write(app, database, answer, Missing::Refuse, Direction::Down, &|o| permit.apply(o), run);
        Ok(())
    })
}
