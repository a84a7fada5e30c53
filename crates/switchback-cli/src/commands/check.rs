//! `check`: the checks of the applied migrations.

use crate::answer::Answer;
use crate::app::App;
use crate::render::text;
use switchback::{Error, ErrorKind, Result};

/// Run the checks of the applied migrations
///
/// Each query of a checks.sql must return no rows. Reads only. A check that returns rows, or cannot run, fails the
/// command.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  switchback check --env production --format json")]
pub struct Args {}

/// Runs the command.
pub fn run(app: &App<'_>, _: &Args) -> Result<Answer> {
    app.read_all("databases", &mut |session, answer| {
        let report = session.connected.check()?;
        app.text(&text::check(app.paint, &report, &session.place));
        let failed = report.checks.iter().filter(|c| c.rows > 0 || c.error.is_some()).count();
        answer.add(&report);
        if failed == 0 {
            return Ok(());
        }
        let message = format!("{} of {} failed", failed, text::plural(report.checks.len(), "check"));
        Err(Error::new(ErrorKind::Check, message).hint("the query is in the checks.sql of its migration"))
    })
}
