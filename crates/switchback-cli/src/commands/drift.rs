//! `drift`: what differs between the schema that the migrations make and the one that is there.

use crate::answer::Answer;
use crate::app::App;
use crate::render::schema;
use switchback::Result;

/// Show what differs between the schema that the applied migrations make and the one that is there
///
/// Reads only. Where `switchback.lock` holds the fingerprint of that schema, nothing else is needed to see that all is
/// well. Else, and to say what differs, the applied migrations are replayed on a throwaway database. `-` is what they
/// make, `+` what is there. On a server of another major version the structure alone is compared.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
With --exit-code: 1 when something differs, else 0.

Examples:
  switchback drift --env production
  switchback drift --database journal --format json
  switchback drift --exit-code")]
pub struct Args {
    /// Tell by the exit code whether something differs (1)
    #[arg(long)]
    exit_code: bool,

    /// Make the throwaway database on this PostgreSQL server instead of starting one
    #[arg(long, value_name = "URL")]
    scratch_url: Option<String>,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    app.read_all("databases", &mut |database, session, answer| {
        let on = app.scratch_options(args.scratch_url.clone())?;
        // The files, as they were read: what is applied is replayed from them.
        let source = app.on_disk(database)?;
        let report = app.interrupt.patiently(|| session.connected.drift_report(&source, &on))?;
        app.text(&schema::drift(app.paint, &report, &session.place));
        if args.exit_code && report.drifted {
            answer.code = 1;
        }
        answer.add(&report);
        Ok(())
    })
}
