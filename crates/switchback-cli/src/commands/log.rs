//! `log`: the journal.

use crate::answer::Answer;
use crate::app::App;
use crate::render::text;
use serde::Serialize;
use switchback::Result;
use switchback::report::LogEntry;

/// Show the journal: what ran, when, by whom and for how long
///
/// Oldest first. Each row carries the hash of the one before it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchback log --limit 20
  switchback log --database journal --format json")]
pub struct Args {
    /// Only the newest N rows
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

#[derive(Serialize)]
struct Log<'a> {
    database: &'a str,
    engine: &'static str,
    entries: &'a [LogEntry],
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    app.read_all("databases", &mut |session, answer| {
        let entries = session.connected.log(args.limit)?;
        let (database, engine) = (session.database.as_str(), session.engine);
        app.text(&text::heading(app.paint, database, engine, &session.place, ""));
        app.text(&text::log(app.paint, &entries));
        answer.add(&Log { database, engine, entries: &entries });
        Ok(())
    })
}
