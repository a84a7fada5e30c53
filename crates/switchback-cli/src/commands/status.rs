//! `status`: what is applied, what is pending, what is wrong.

use crate::answer::Answer;
use crate::app::App;
use crate::render::text;
use std::path::PathBuf;
use switchback::Result;

/// Show what is applied, what is pending and what is wrong
///
/// Reads only. Differences between files and history, and what is half-done, are listed as problems, each with the
/// command that resolves it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
With --exit-code: 1 when a problem stands in the way of `up`, else 3 when migrations are pending, else 0.

Examples:
  switchback status
  switchback status --database journal --format json
  switchback status --env production --exit-code")]
pub struct Args {
    /// Tell by the exit code whether migrations are pending (3) or `up` would be refused (1)
    #[arg(long)]
    exit_code: bool,

    /// Write what monitoring wants to know to this file, for Prometheus
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let (mut refused, mut pending) = (false, false);
    let mut answer = app.read_all("databases", &mut |_, session, answer| {
        let status = session.connected.status()?;
        app.text(&text::status(app.paint, &status, &session.place));
        refused |= status.problems.iter().any(|p| stands_in_the_way(p.kind));
        pending |= !status.pending.is_empty();
        answer.add(&status);
        Ok(())
    })?;
    if args.exit_code {
        answer.code = match (refused, pending) {
            (true, _) => 1,
            (false, true) => 3,
            (false, false) => 0,
        };
    }
    Ok(answer)
}

/// Whether `up` refuses to run while a problem of that kind lasts.
fn stands_in_the_way(kind: &str) -> bool {
    match kind {
        // A changed way down concerns `down` alone, what is half-done `up` finishes, and a seal is for the author.
        "changed_down" | "in_progress" | "edited" => false,
        _ => true,
    }
}
