//! `baseline`: takes an existing database for one that is at a version.

use crate::answer::Answer;
use crate::app::App;
use crate::commands::ask;
use crate::guard::Deed;
use std::path::PathBuf;
use switchback::Result;
use switchback::plan::saved::Action;

/// Record migrations as applied without running them
///
/// For a database that has the schema of version V already, and no history. Says exactly what it will write, and asks.
/// Without a terminal it refuses, unless --yes is given.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  switchback baseline 12 --database journal")]
pub struct Args {
    /// The version that the database is at
    #[arg(value_name = "V")]
    version: i64,

    /// The saved plan for it (`plan --for baseline --out FILE -- V`), where the database is protected
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Args {
    /// What a saved plan is made for.
    pub fn words(&self) -> Vec<String> {
        vec![self.version.to_string()]
    }
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let deed = Deed { action: Action::Baseline, arguments: args.words(), plan: args.plan.as_deref() };
    ask::before(
        app,
        "baseline",
        &deed,
        args.yes,
        |_, session| Ok((Some(()), session.connected.baseline_intent(args.version)?.writes)),
        |connected, ()| connected.baseline(args.version).map(|()| None),
    )
}
