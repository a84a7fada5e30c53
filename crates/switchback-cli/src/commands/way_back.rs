//! `way_back` of an environment: an `up` that failed is taken back by itself.

use crate::app::App;
use crate::databases::Database;
use crate::guard::Permit;
use serde::Serialize;
use switchback::report::Report;
use switchback::restore::How;
use switchback::rollback::{self, Behind, Choice, RolledBack, Way};
use switchback::{Error, Result};

/// What a run did, and that it was taken back.
#[derive(Serialize)]
pub struct Ran<'a> {
    #[serde(flatten)]
    pub report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way_back: Option<&'a RolledBack>,
}

/// Takes the run back.
pub fn go(app: &App<'_>, database: &Database, behind: &Behind) -> Result<RolledBack> {
    // No plan was signed for this: the environment itself says that it is to happen.
    let (migrator, url) = app.migrator(database, &Permit::default())?;
    let dir = database.backups.clone();
    let choice = behind.choose(&migrator, &url, &dir)?;
    let how = How { dir, ..How::default() };
    let done =
        app.watched(&database.name, |watch| rollback::carry_out(&migrator, &url, &choice, &how, watch));
    done.map_err(|e| {
        let hint = e.what_next().unwrap_or("mend what is named").to_owned();
        Error::new(e.kind(), format!("the run was not taken back: {}", e.message()))
            .hint(format!("{hint}; then `rollback`"))
    })
}

/// The error of a run that was taken back: nothing of it stands any more.
pub fn taken(error: Error, done: &RolledBack) -> Error {
    let Choice { to, way, .. } = &done.choice;
    let way = match way {
        Way::Down { .. } => "its way down",
        Way::Backup { .. } => "the backup that was made before it",
    };
    let to = match to {
        Some(0) | None => "no migration is applied".to_owned(),
        Some(version) => format!("version {version} is the newest that is applied"),
    };
    error
        .applied(format!("the run was taken back by {way}: {to}, {}", done.verified))
        .hint("mend the cause, then run the same command again")
}
