//! `repair`: resolves a named state that no command may resolve by itself.

use crate::answer::Answer;
use crate::app::{App, Missing};
use crate::commands::Written;
use crate::prompt;
use crate::render::text;
use switchback::{Repair, Result};

/// Accept a changed file or a changed schema, or resolve an interrupted no-transaction step
///
/// Says exactly what it will write, and asks. Without a terminal it refuses, unless --yes is given. `status` names the
/// states that need it.
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("what").required(true),
    after_help = "\
Examples:
  switchback repair --database journal --accept 7    the file of version 7 is right as it is now
  switchback repair --database journal --step-done   the interrupted step did finish
  switchback repair --database journal --retry-step --yes
  switchback repair --database journal --rebaseline  the schema is right as it is now"
)]
pub struct Args {
    /// Take the files of this version as they are now for those that were applied
    #[arg(long, value_name = "V", group = "what")]
    accept: Option<i64>,

    /// The interrupted no-transaction step did finish
    #[arg(long, group = "what")]
    step_done: bool,

    /// Run the interrupted no-transaction step again
    #[arg(long, group = "what")]
    retry_step: bool,

    /// Take the schema as it is now for what the newest migration left (a sealed directory; see `drift`)
    #[arg(long, group = "what")]
    rebaseline: bool,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let database = app.one("`repair` is about one database")?;
    let repair = match args.accept {
        Some(version) => Repair::Accept(version),
        None if args.step_done => Repair::StepDone,
        None if args.rebaseline => Repair::Rebaseline,
        None => Repair::RetryStep,
    };
    let mut answer = Answer::new("databases");
    let mut session = app.connect(&database, Missing::Refuse, &|_| {})?;
    let intent = match session.connected.repair_intent(repair) {
        Ok(intent) => intent,
        Err(error) => {
            answer.fail(&database.name, error);
            return Ok(answer);
        }
    };
    app.text(&text::heading(app.paint, &database.name, session.engine, &session.place, "repair"));
    if let Err(error) = prompt::confirm(app, "repair", &intent.writes, args.yes) {
        answer.fail(&database.name, error);
        return Ok(answer);
    }
    let begin = std::time::Instant::now();
    match app.carry_out(&mut session, |connected| connected.repair(repair)) {
        Ok(report) => {
            if !report.migrations.is_empty() {
                app.text(&text::report(app.paint, &report, &session.place, begin.elapsed().as_secs_f64()));
            }
            app.text("  done\n");
            let writes = &intent.writes;
            answer.add(&Written {
                database: &database.name,
                engine: session.engine,
                writes,
                report: Some(&report),
            });
        }
        Err(error) => answer.fail(&database.name, error),
    }
    Ok(answer)
}
