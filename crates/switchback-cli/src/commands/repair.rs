//! `repair`: resolves a named state that no command may resolve by itself.

use crate::answer::Answer;
use crate::app::{App, Session};
use crate::commands::ask;
use crate::databases::Database;
use crate::guard::Deed;
use std::path::PathBuf;
use switchback::plan::saved::Action;
use switchback::{Intent, Rebuild, Repair, Result};

/// Accept a changed file or a changed schema, build missing indexes again, or resolve an interrupted no-transaction step
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
  switchback repair --database journal --rebaseline  the schema is right as it is now
  switchback repair --database journal --recreate    build the indexes that `drift` names as missing"
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

    /// Build the indexes again that are missing or INVALID, as the migrations made them; on PostgreSQL CONCURRENTLY
    #[arg(long, group = "what")]
    recreate: bool,

    /// With --recreate: make the throwaway database on this PostgreSQL server instead of starting one
    #[arg(long, value_name = "URL", requires = "recreate")]
    scratch_url: Option<String>,

    /// The saved plan for it (`plan --for repair --out FILE -- --accept 7`), where the database is protected
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Args {
    /// What a saved plan is made for.
    pub fn words(&self) -> Vec<String> {
        match self.accept {
            Some(version) => vec!["--accept".to_owned(), version.to_string()],
            None => {
                let given = [
                    ("--step-done", self.step_done),
                    ("--retry-step", self.retry_step),
                    ("--rebaseline", self.rebaseline),
                    ("--recreate", self.recreate),
                ];
                given.iter().filter(|(_, given)| *given).map(|(name, _)| (*name).to_owned()).collect()
            }
        }
    }
}

/// What is to be repaired.
enum Wanted {
    State(Repair),
    Indexes(Rebuild),
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let deed = Deed { action: Action::Repair, arguments: args.words(), plan: args.plan.as_deref() };
    ask::before(
        app,
        "repair",
        &deed,
        args.yes,
        |database, session| {
            let (wanted, intent) = wanted(app, database, session, args)?;
            Ok((Some(wanted), intent.writes))
        },
        |connected, wanted| match wanted {
            Wanted::State(repair) => connected.repair(*repair).map(Some),
            Wanted::Indexes(rebuild) => connected.recreate(rebuild).map(Some),
        },
    )
}

fn wanted(
    app: &App<'_>,
    database: &Database,
    session: &mut Session,
    args: &Args,
) -> Result<(Wanted, Intent)> {
    if args.recreate {
        let on = app.scratch_options(args.scratch_url.clone())?;
        let source = app.on_disk(database)?;
        let rebuild = app.interrupt.patiently(|| session.connected.missing_indexes(&source, &on))?;
        let intent = rebuild.intent();
        return Ok((Wanted::Indexes(rebuild), intent));
    }
    let repair = match args.accept {
        Some(version) => Repair::Accept(version),
        None if args.step_done => Repair::StepDone,
        None if args.rebaseline => Repair::Rebaseline,
        None => Repair::RetryStep,
    };
    Ok((Wanted::State(repair), session.connected.repair_intent(repair)?))
}
