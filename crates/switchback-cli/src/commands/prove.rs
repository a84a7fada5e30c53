//! `prove`: whether every way down leads back.

use crate::answer::Answer;
use crate::app::{self, App};
use crate::commands::scratch::Engine;
use crate::databases::Database;
use crate::render::{proof, text};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;
use std::time::Instant;
use switchback::prove::{self, ProofReport, ProveOptions};
use switchback::{Dialect, Error, ErrorKind, Result};

/// Prove on throwaway databases that every way down leads back
///
/// For each migration: rows into every table (sample.sql, or generated ones), then up, down and up again. Behind the
/// down, schema and data must be as they were before; behind the second up, as behind the first. No database of yours
/// is touched: SQLite is in memory, PostgreSQL is started from the server binaries of this machine, with the roles,
/// extensions and setup of [scratch] in switchback.toml. Needs no sealed files and no URL.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Verdicts: exact; column-order; lossy (passes where migration.toml declares exactly that loss); broken; unproven (a table
that the migration touches had no rows); irreversible and no-down (there is no way down to prove).

Examples:
  switchback prove
  switchback prove --database journal --engine postgres --from 12
  switchback prove --database journal --sample postgres://reader@db1/journal
  switchback prove --migrations migrations/journal --format json")]
pub struct Args {
    /// Only on this engine [default: every one that the directory has files for]
    #[arg(long, value_enum, value_name = "ENGINE")]
    engine: Option<Engine>,

    /// Prove from this version on; those before it are only applied
    #[arg(long, value_name = "V")]
    from: Option<i64>,

    /// Prove up to and including this version
    #[arg(long, value_name = "V")]
    to: Option<i64>,

    /// Make throwaway databases on this PostgreSQL server instead of starting one
    #[arg(long, value_name = "URL")]
    scratch_url: Option<String>,

    /// Copy rows from this database, which is only read; generate the others
    #[arg(long, value_name = "URL")]
    sample: Option<String>,

    /// How many databases are worked on at a time [default: the number of processors]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let databases = app.databases()?;
    if databases.len() > 1 && (args.from.is_some() || args.to.is_some()) {
        return Err(app::several("--from and --to are about one database", &databases));
    }
    let scratch = app.scratch_options(args.scratch_url.clone())?;
    let mut answer = Answer::new("databases");
    for database in &databases {
        let options = ProveOptions {
            from: args.from,
            to: args.to,
            scratch: scratch.clone(),
            sample: args.sample.clone(),
            jobs: args.jobs.map(NonZero::get),
            run: app.options(database),
            ..ProveOptions::default()
        };
        // From here on no signal ends this process before the throwaway databases are gone.
        let proven = app.interrupt.patiently(|| prove_all(app, database, args, &options));
        let proven = match proven {
            Ok(proven) => proven,
            Err(error) => {
                answer.fail(&database.name, error);
                continue;
            }
        };
        for (report, seconds) in proven {
            match report {
                Ok(report) => {
                    app.text(&proof::text(app.paint, &report, seconds));
                    answer.add(&report);
                    if let Some(error) = failure(&report) {
                        answer.fail(&database.name, error);
                    }
                }
                Err(error) => answer.fail(&database.name, error),
            }
        }
        if app.interrupt.requested() {
            break;
        }
    }
    Ok(answer)
}

type Proven = (Result<ProofReport>, f64);

/// On all engines at a time.
fn prove_all(app: &App<'_>, database: &Database, args: &Args, options: &ProveOptions) -> Result<Vec<Proven>> {
    let source = app.on_disk(database)?;
    let engines = match args.engine {
        Some(engine) => vec![engine.dialect()],
        None => {
            let hint = database.url.as_ref().ok().map(|url| app::engine(url));
            switchback::plan::source::engines(&source.files()?.files, hint)?
        }
    };
    let jobs = options.jobs.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get));
    let options = ProveOptions { jobs: Some((jobs / engines.len().max(1)).max(1)), ..options.clone() };
    let one = |dialect: Dialect| {
        let start = Instant::now();
        let report = prove::prove(&source, dialect, &options);
        (report, start.elapsed().as_secs_f64())
    };
    if jobs == 1 {
        return Ok(engines.into_iter().map(one).collect());
    }
    Ok(thread::scope(|scope| {
        let one = &one;
        let runners: Vec<_> = engines.into_iter().map(|d| scope.spawn(move || one(d))).collect();
        runners.into_iter().map(|r| r.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    }))
}

fn failure(report: &ProofReport) -> Option<Error> {
    let failed: Vec<String> =
        report.failures().map(|m| format!("V{}__{} ({})", m.version, m.name, m.verdict.as_str())).collect();
    if failed.is_empty() {
        return None;
    }
    let shown = match failed.as_slice() {
        [.., _] if failed.len() > 5 => format!("{}, …", failed[..5].join(", ")),
        _ => failed.join(", "),
    };
    let message = format!(
        "{} of {} did not pass on {}: {shown}",
        failed.len(),
        text::plural(report.migrations.len(), "migration"),
        report.engine
    );
    Some(Error::new(ErrorKind::Proof, message).hint("what differs is listed above, and in --format json"))
}
