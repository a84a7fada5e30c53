//! `baseline`: takes an existing database for one that is at a version.

use crate::answer::Answer;
use crate::app::{App, Missing};
use crate::commands::Written;
use crate::prompt;
use crate::render::text;
use switchback::Result;

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

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let database = app.one("`baseline` is about one database")?;
    let mut answer = Answer::new("databases");
    let mut session = app.connect(&database, Missing::Refuse, &|_| {})?;
    let result = session.connected.baseline_intent(args.version).and_then(|intent| {
        app.text(&text::heading(app.paint, &database.name, session.engine, &session.place, "baseline"));
        prompt::confirm(app, "baseline", &intent.writes, args.yes)?;
        app.carry_out(&mut session, |connected| connected.baseline(args.version))?;
        Ok(intent)
    });
    match result {
        Ok(intent) => {
            app.text("  done\n");
            let writes = &intent.writes;
            answer.add(&Written { database: &database.name, engine: session.engine, writes, report: None });
        }
        Err(error) => answer.fail(&database.name, error),
    }
    Ok(answer)
}
