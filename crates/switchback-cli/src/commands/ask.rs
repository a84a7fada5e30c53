//! What `repair`, `baseline` and `kept` have in common: what is to be written is shown, asked about, and written.

use crate::answer::Answer;
use crate::app::{App, Missing, Session};
use crate::commands;
use crate::databases::Database;
use crate::guard::Deed;
use crate::prompt;
use crate::render::text;
use serde::Serialize;
use std::time::Instant;
use switchback::report::Report;
use switchback::{Connected, Result};

#[derive(Serialize)]
struct Written<'a> {
    database: &'a str,
    engine: &'static str,
    /// One line for each row.
    writes: &'a [String],
    /// What ran besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<&'a Report>,
}

/// `intent` says what there is to do, where there is something, and a line for each thing that it writes.
///
/// # Errors
/// When the options choose no database, or several.
pub fn before<T>(
    app: &App<'_>,
    command: &str,
    deed: &Deed<'_>,
    yes: bool,
    intent: impl FnOnce(&Database, &mut Session) -> Result<(Option<T>, Vec<String>)>,
    carry_out: impl FnOnce(&mut Connected, &T) -> Result<Option<Report>>,
) -> Result<Answer> {
    commands::on_one(app, command, deed, |database, permit, answer| {
        let mut session = app.connect(database, Missing::Refuse, &|o| permit.apply(o))?;
        let (work, writes) = intent(database, &mut session)?;
        app.heading(&session, command);
        let mut report = None;
        if let Some(work) = work {
            prompt::confirm(app, command, &writes, yes)?;
            let begin = Instant::now();
            report = app.carry_out(&mut session, |connected| carry_out(connected, &work))?;
            if let Some(report) = report.as_ref().filter(|report| !report.migrations.is_empty()) {
                app.text(&text::report(app.paint, report, &session.place, begin.elapsed().as_secs_f64()));
            }
            app.text("  done\n");
        } else {
            app.text("  nothing to do\n");
            writes.iter().for_each(|line| app.text(&format!("    {line}\n")));
        }
        let (database, engine) = (database.name.as_str(), session.engine);
        answer.add(&Written { database, engine, writes: &writes, report: report.as_ref() });
        Ok(())
    })
}
