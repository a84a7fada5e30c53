//! `plan`: what would run; saved, signed and looked at.

pub mod saved;

use crate::answer::Answer;
use crate::app::App;
use crate::commands::{self, baseline, kept, redo, rehearse, repair, restore, rollback};
use crate::databases::Database;
use crate::render::{plan as text, rehearsal};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;
use switchback::plan::rehearsal::{Expected, Rehearsal};
use switchback::plan::saved::Action;
use switchback::report::{Analysis, PlanReport};
use switchback::{Direction, Error, ErrorKind, PlanRequest, Result, Target};

/// Show what would run, in order, with its SQL; save it for review and approval
///
/// Reads only: no table is created, no lock is taken. With --out the plan is saved with everything that must still be so
/// when it runs: which database it is, its history and schema, the files, the rows of the tables that it names, the tool,
/// and until when. `up --plan FILE` runs exactly that, or refuses and says what moved.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  switchback plan
  switchback plan --database journal --down --to 3
  switchback plan --env production --database journal --sql > review.sql
  switchback plan --database orchestrator --analyze
  switchback plan --database journal --env production --out plan.json --expires 8h
  switchback plan --database journal --rehearsal rehearsal.json --out plan.json
  switchback plan --for repair --out plan.json -- --accept 7
  switchback plan sign plan.json --key ~/.ssh/id_ed25519
  switchback plan verify plan.json"
)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,

    /// Up to and including this version; with --down: until it is the newest that is applied
    #[arg(long, value_name = "V", conflicts_with = "steps")]
    to: Option<i64>,

    /// This many migrations
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    steps: Option<u64>,

    /// The way down; one migration unless --to or --steps says otherwise
    #[arg(long)]
    down: bool,

    /// The SQL alone
    #[arg(long, conflicts_with = "format")]
    sql: bool,

    /// Also run the [[analyze]] queries of what is pending: they describe the data that it will meet
    #[arg(long, conflicts_with_all = ["down", "sql", "out"])]
    analyze: bool,

    /// Save the plan of one database in this file, for `up --plan` or `down --plan`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Take how long it may take from this report (`rehearse --out FILE`); refused when it was one of something else
    #[arg(long, value_name = "FILE", conflicts_with_all = ["down", "command", "sql"])]
    rehearsal: Option<PathBuf>,

    /// How long the saved plan holds [default: plan_expires in switchback.toml, else 24h]
    #[arg(long, value_name = "TIME", value_parser = crate::args::duration, requires = "out")]
    expires: Option<Duration>,

    /// By how many percent the rows of a table may have moved when it runs [default: plan_rows in switchback.toml, else 10]
    #[arg(long, value_name = "PERCENT", requires = "out")]
    rows: Option<u32>,

    /// Save a plan for another command, with its arguments behind two hyphens
    #[arg(long = "for", value_name = "COMMAND", value_enum, requires = "out", conflicts_with_all = ["to", "steps", "down", "sql"])]
    command: Option<Other>,

    /// The arguments of that command
    #[arg(last = true, value_name = "ARGUMENT", requires = "command")]
    arguments: Vec<String>,
}

/// What to do with a saved plan.
#[derive(Debug, clap::Subcommand)]
enum What {
    /// Sign the digest of a saved plan, beside it; several people may
    Sign(saved::SignArgs),
    /// Show who signed a saved plan, and whether that is enough
    Verify(saved::VerifyArgs),
    /// Print the digest of a saved plan: the text that is signed
    Digest(saved::DigestArgs),
}

/// A command that is no `up` or `down`, and needs a saved plan where a database is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Other {
    Redo,
    Repair,
    Baseline,
    Restore,
    Rollback,
    Kept,
}

impl Other {
    /// The arguments as the command itself reads them, in its own order.
    fn words(self, app: &App<'_>, given: &[String], database: &Database) -> Result<Vec<String>> {
        match self {
            Other::Redo => read::<redo::Args>(given).map(|_| Vec::new()),
            Other::Repair => read::<repair::Args>(given).map(|args| args.words()),
            Other::Baseline => read::<baseline::Args>(given).map(|args| args.words()),
            Other::Restore => {
                let args = read::<restore::Args>(given)?;
                args.must_name(database)?;
                Ok(args.words())
            }
            Other::Rollback => {
                let args = read::<rollback::Args>(given)?;
                args.may_be_planned(app, database)?;
                Ok(args.words())
            }
            Other::Kept => read::<kept::Args>(given).map(|args| args.words()),
        }
    }

    /// The backup that they name to go back to.
    fn backup(self, given: &[String]) -> Result<Option<PathBuf>> {
        match self {
            Other::Restore => read::<restore::Args>(given).map(restore::Args::backup),
            Other::Rollback => read::<rollback::Args>(given).map(rollback::Args::backup),
            Other::Redo | Other::Repair | Other::Baseline | Other::Kept => Ok(None),
        }
    }

    fn action(self) -> Action {
        match self {
            Other::Redo => Action::Redo,
            Other::Repair => Action::Repair,
            Other::Baseline => Action::Baseline,
            Other::Restore => Action::Restore,
            Other::Rollback => Action::Rollback,
            Other::Kept => Action::Kept,
        }
    }
}

fn read<A: clap::Args>(given: &[String]) -> Result<A> {
    let command = A::augment_args(clap::Command::new("plan").no_binary_name(true));
    let read = command.try_get_matches_from(given).and_then(|matches| A::from_arg_matches(&matches));
    read.map_err(|e| {
        let text = e.to_string();
        let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        Error::new(ErrorKind::Refused, format!("the arguments of the plan are none of that command: {first}"))
            .hint("write behind the two hyphens what the command is to be given, without --plan")
    })
}

#[derive(Serialize)]
struct Planned<'a> {
    #[serde(flatten)]
    plan: &'a PlanReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    analysis: Option<Vec<Analysis>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<Expected>,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    match &args.what {
        Some(What::Sign(args)) => return saved::sign(app, args),
        Some(What::Verify(args)) => return saved::verify(app, args),
        Some(What::Digest(args)) => return saved::digest(app, args),
        None => {}
    }
    let (direction, otherwise) =
        if args.down { (Direction::Down, Target::Steps(1)) } else { (Direction::Up, Target::Latest) };
    let target = commands::target(args.to, args.steps, otherwise);
    if args.to.is_some() || args.steps.is_some() {
        app.one("--to and --steps are about one database")?;
    }
    let rehearsal = args.rehearsal.as_deref().map(rehearse::read).transpose()?;
    let Some(out) = &args.out else {
        if rehearsal.is_some() {
            app.one("a rehearsal is about one database")?;
        }
        let shown = Shown { sql: args.sql, analyze: args.analyze, rehearsal };
        return render(app, direction, target, &shown);
    };
    let action = match (args.command, direction) {
        (Some(other), _) => other.action(),
        (None, Direction::Up) => Action::Up,
        (None, Direction::Down) => Action::Down,
    };
    let save = saved::Save {
        action,
        target,
        arguments: &|database| match args.command {
            Some(other) => other.words(app, &args.arguments, database),
            None => Ok(Vec::new()),
        },
        backup: args.command.map(|other| other.backup(&args.arguments)).transpose()?.flatten(),
        expires: args.expires,
        rows: args.rows,
        sql: args.sql,
        rehearsal: rehearsal.as_ref(),
        out,
    };
    saved::save(app, &save)
}

/// The plan of every database, for `plan` and `up --dry-run`.
pub fn show(app: &App<'_>, direction: Direction, target: Target) -> Result<Answer> {
    render(app, direction, target, &Shown::default())
}

/// What is shown besides the plan itself.
#[derive(Default)]
struct Shown {
    /// The SQL alone.
    sql: bool,
    /// What the queries of the migrations find.
    analyze: bool,
    /// How long it may take.
    rehearsal: Option<Rehearsal>,
}

fn render(app: &App<'_>, direction: Direction, target: Target, shown: &Shown) -> Result<Answer> {
    app.read_all("plans", &mut |_, session, answer| {
        let plan = session.connected.plan(direction, target)?;
        // Held against everything that a saved plan would say of what runs.
        let expected = match &shown.rehearsal {
            Some(rehearsal) => {
                Some(rehearsal.expected(&session.connected.save_plan(&PlanRequest::up(target))?)?)
            }
            None => None,
        };
        if shown.sql {
            app.text(&text::sql(&plan));
        } else {
            app.text(&text::planned(app.paint, &plan, &session.place));
        }
        if let Some(expected) = &expected {
            app.text(&rehearsal::expected(app.paint, expected));
        }
        // Of the migrations of this plan only: --to and --steps may leave some out.
        let mut analysis = if shown.analyze { Some(session.connected.analyze()?) } else { None };
        if let Some(analysis) = &mut analysis {
            analysis.retain(|a| plan.migrations.iter().any(|m| m.version == a.version));
            app.text(&text::analysis(app.paint, analysis));
        }
        answer.add(&Planned { plan: &plan, analysis, expected });
        Ok(())
    })
}
