//! `check`: whether the database is fit, and the checks of the applied migrations.

use crate::answer::Answer;
use crate::app::App;
use crate::render::text;
use std::path::PathBuf;
use switchback::report::Severity;
use switchback::{Error, ErrorKind, Result};

/// See whether the database is fit to be migrated, and run the checks of the applied migrations
///
/// Looks at the version, rights, disk, connections, extensions, long and prepared transactions, replication, invalid indexes,
/// foreign keys, the file (SQLite) and drift. Each query of a checks.sql must return no rows. Reads only. What stands in
/// the way of `up`, and a check that returns rows or cannot run, fails the command.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  switchback check --env production --format json")]
pub struct Args {
    /// Write what monitoring wants to know to this file, for Prometheus
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,
}

/// Runs the command.
pub fn run(app: &App<'_>, _: &Args) -> Result<Answer> {
    app.read_all("databases", &mut |_, session, answer| {
        let report = session.connected.check()?;
        app.text(&text::check(app.paint, &report, &session.place));
        let failed = report.checks.iter().filter(|c| c.rows > 0 || c.error.is_some()).count();
        answer.add(&report);
        let in_the_way: Vec<_> = report.findings.iter().filter(|f| f.severity == Severity::Fail).collect();
        if failed == 0 && in_the_way.is_empty() {
            return Ok(());
        }
        if let (0, [first, ..]) = (failed, in_the_way.as_slice()) {
            let error = Error::new(ErrorKind::Check, first.message.clone());
            return Err(match &first.hint {
                Some(hint) => error.hint(hint.clone()),
                None => error,
            });
        }
        let message = format!("{} of {} failed", failed, text::plural(report.checks.len(), "check"));
        Err(Error::new(ErrorKind::Check, message).hint("the query is in the checks.sql of its migration"))
    })
}
