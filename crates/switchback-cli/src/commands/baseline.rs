//! `baseline`: takes an existing database for one that is at a version.

use crate::answer::Answer;
use crate::app::{App, Missing};
use crate::commands::Written;
use crate::guard::{self, Deed};
use crate::prompt;
use crate::render::text;
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
    let database = app.one("`baseline` is about one database")?;
    let deed = Deed { action: Action::Baseline, arguments: args.words(), plan: args.plan.as_deref() };
    Ok(Answer::of("databases", &database.name, |answer| {
        let permit = guard::permit(app, &database, &deed)?;
        let mut session = app.connect(&database, Missing::Refuse, &|o| permit.apply(o))?;
        let intent = session.connected.baseline_intent(args.version)?;
        app.text(&text::heading(app.paint, &database.name, session.engine, &session.place, "baseline"));
        prompt::confirm(app, "baseline", &intent.writes, args.yes)?;
        app.carry_out(&mut session, |connected| connected.baseline(args.version))?;
        app.text("  done\n");
        let writes = &intent.writes;
        answer.add(&Written { database: &database.name, engine: session.engine, writes, report: None });
        Ok(())
    }))
}
