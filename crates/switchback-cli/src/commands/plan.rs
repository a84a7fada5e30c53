//! `plan`: what would run.

use crate::answer::Answer;
use crate::app::App;
use crate::commands;
use crate::render::text;
use serde::Serialize;
use std::path::PathBuf;
use switchback::report::{Analysis, PlanReport};
use switchback::{Direction, Error, ErrorKind, Result, Target};

/// Show what would run, in order, with its SQL
///
/// Reads only: no table is created, no lock is taken.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchback plan
  switchback plan --database journal --down --to 3
  switchback plan --env production --database journal --sql > review.sql
  switchback plan --database orchestrator --analyze
  switchback plan --format json --out plan.json")]
pub struct Args {
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
    #[arg(long, conflicts_with_all = ["down", "sql"])]
    analyze: bool,

    /// Also write the plan to this file, as JSON
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Planned<'a> {
    #[serde(flatten)]
    plan: &'a PlanReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    analysis: Option<Vec<Analysis>>,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let (direction, otherwise) =
        if args.down { (Direction::Down, Target::Steps(1)) } else { (Direction::Up, Target::Latest) };
    let target = commands::target(args.to, args.steps, otherwise);
    if args.to.is_some() || args.steps.is_some() {
        app.one("--to and --steps are about one database")?;
    }
    let answer = render(app, direction, target, args.sql, args.analyze)?;
    if let Some(file) = args.out.as_ref().filter(|_| answer.failures().is_empty()) {
        let document = crate::output::redact_json(&answer.document());
        std::fs::write(file, document).map_err(|e| {
            Error::new(ErrorKind::Io, format!("the plan cannot be written to {}: {e}", file.display()))
        })?;
    }
    Ok(answer)
}

/// The plan of every database, for `plan` and `up --dry-run`.
pub fn show(app: &App<'_>, direction: Direction, target: Target) -> Result<Answer> {
    render(app, direction, target, false, false)
}

fn render(app: &App<'_>, direction: Direction, target: Target, sql: bool, analyze: bool) -> Result<Answer> {
    app.read_all("plans", &mut |session, answer| {
        let plan = session.connected.plan(direction, target)?;
        if sql {
            app.text(&text::plan_sql(&plan));
        } else {
            app.text(&text::plan(app.paint, &plan, &session.place));
        }
        // Of the migrations of this plan only: --to and --steps may leave some out.
        let mut analysis = if analyze { Some(session.connected.analyze()?) } else { None };
        if let Some(analysis) = &mut analysis {
            analysis.retain(|a| plan.migrations.iter().any(|m| m.version == a.version));
            app.text(&text::analysis(app.paint, analysis));
        }
        answer.add(&Planned { plan: &plan, analysis });
        Ok(())
    })
}
