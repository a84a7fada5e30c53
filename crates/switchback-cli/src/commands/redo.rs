//! `redo`: the newest migration down and up again.

use crate::answer::Answer;
use crate::app::{App, Missing};
use crate::commands;
use crate::guard::Deed;
use std::path::PathBuf;
use switchback::plan::saved::Action;
use switchback::{Direction, Result, Target};

/// Undo the newest applied migration and apply it again
///
/// For the author of a migration: the way down runs, then the file as it is now runs up.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  switchback redo --database journal")]
pub struct Args {
    /// The saved plan for it (`plan --for redo --out FILE`), where the database is protected
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let deed = Deed { action: Action::Redo, arguments: Vec::new(), plan: args.plan.as_deref() };
    commands::on_one(app, "redo", &deed, |database, permit, answer| {
        let mut write = |direction, run: &mut commands::Run<'_>| {
            commands::write(app, database, answer, Missing::Refuse, direction, &|o| permit.apply(o), run);
            answer.failures().is_empty()
        };
        let mut undone = None;
        let done = write(Direction::Down, &mut |connected| {
            // What could not go up again does not go down first.
            if let Some(newest) = connected.plan(Direction::Down, Target::Steps(1))?.migrations.first()
                && let Some(file) = connected.set().get(newest.version)
            {
                file.must_be_sealed()?;
            }
            let report = connected.down(Target::Steps(1))?;
            undone = report.migrations.first().map(|m| m.version);
            Ok(report)
        });
        // What is to run again is exactly what was undone; with nothing applied there is nothing to redo.
        if let (Some(version), true) = (undone, done) {
            write(Direction::Up, &mut |connected| connected.up(Target::Version(version)));
        }
        Ok(())
    })
}
