//! A run that failed is taken back by itself, where its environment says for which reasons.
//!
//! Only what others have written since stands against it: a way down keeps that, a backup knows nothing of it, so then
//! it is left to a person.

use super::{By, Choice, Since, Way, choose};
use crate::content;
use crate::db::Database;
use crate::migrator::{Connected, Migrator};
use serde::Deserialize;
use std::path::Path;
use switchback_plan::words::plural;
use switchback_plan::{Error, ErrorKind, Progress, Result};

/// What a failed run is taken back for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// A check returned rows, or could not run.
    Check,
    /// A migration would take rows or values away and does not declare that.
    Loss,
    /// A benchmark takes longer behind a migration than it may.
    Slowdown,
    /// The run took longer than it may.
    Duration,
}

impl Criterion {
    /// Whether an error of that kind is one.
    pub fn is_met_by(self, kind: ErrorKind) -> bool {
        kind == match self {
            Criterion::Check => ErrorKind::Check,
            Criterion::Loss => ErrorKind::Loss,
            Criterion::Slowdown => ErrorKind::Slowdown,
            Criterion::Duration => ErrorKind::Duration,
        }
    }
}

/// The database before a run: how far it was, and from when on writes are somebody else's.
#[derive(Debug, Clone)]
pub struct Eve {
    applied: Vec<i64>,
    /// What an earlier run has left half-done, and how far it was.
    half: Option<(String, String)>,
    seen: Seen,
}

#[derive(Debug, Clone)]
enum Seen {
    /// Changes when another connection commits.
    Sqlite(i64),
    /// What `pg_current_snapshot()` said.
    Postgres(String),
}

impl Eve {
    /// Looks at the database before a run on this connection.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(connected: &mut Connected) -> Result<Eve> {
        let state = connected.read(false)?;
        let seen = match &mut connected.db {
            Database::Sqlite(db) => Seen::Sqlite(db.data_version()?),
            Database::Postgres(db) => {
                db.remember_own();
                Seen::Postgres(crate::backup::postgres::one(db, "SELECT pg_catalog.pg_current_snapshot()")?)
            }
        };
        let half = state.history.progress.as_ref();
        let half = half.map(|p| (format!("V{}__{}", p.version, p.name), how_far(p)));
        Ok(Eve { applied: state.history.applied.iter().map(|a| a.version).collect(), half, seen })
    }

    /// The way back from a run that failed, and what it costs others; `None` where nothing of the run stands. On the
    /// connection that ran it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn look_back(&self, connected: &mut Connected, failed: &Error) -> Result<Option<Behind>> {
        let state = connected.read(false)?;
        let applied: Vec<i64> = state.history.applied.iter().map(|a| a.version).collect();
        let half = state.history.progress.as_ref().map(how_far);
        if applied == self.applied && half.as_ref() == self.half.as_ref().map(|(_, far)| far) {
            return Ok(None);
        }
        let others = match (&self.seen, &mut connected.db) {
            (Seen::Sqlite(then), Database::Sqlite(db)) if db.data_version()? != *then => {
                vec!["another connection wrote to the file".to_owned()]
            }
            (Seen::Postgres(snapshot), Database::Postgres(db)) => {
                let own = db.own();
                content::rows_written_by_others(db, snapshot, &own)?
                    .into_iter()
                    .filter(|w| w.written > 0)
                    .map(|w| {
                        let rows = plural(usize::try_from(w.written).unwrap_or(usize::MAX), "row");
                        let were = if w.written == 1 { "was" } else { "were" };
                        format!("{rows} of {} {were} written by others", w.table)
                    })
                    .collect()
            }
            (Seen::Sqlite(_), _) | (_, Database::Sqlite(_)) => Vec::new(),
        };
        Ok(Some(Behind {
            to: self.applied.iter().max().copied().unwrap_or_default(),
            others,
            half: self.half.as_ref().map(|(label, _)| label.clone()),
            backup: connected.report.backup.clone(),
            failed: format!("{} ({})", failed.message(), failed.kind().as_str()),
        }))
    }
}

/// What stands of a migration: its token alone moves with every row of the journal.
fn how_far(progress: &Progress) -> String {
    format!("{:?} {:?}", progress.standing, progress.current)
}

/// What is to be taken back.
#[derive(Debug, Clone)]
pub struct Behind {
    to: i64,
    /// What others wrote since the run began, in sentences.
    others: Vec<String>,
    /// The migration in whose middle the run began.
    half: Option<String>,
    /// The backup that was made before the run.
    backup: Option<std::path::PathBuf>,
    failed: String,
}

impl Behind {
    /// The way back, where nobody has to be asked for it.
    ///
    /// # Errors
    /// There is none that is safe, or it would lose what others wrote: what `rollback` asks a person for.
    pub fn choose(&self, migrator: &Migrator, url: &str, dir: &Path) -> Result<Choice> {
        let hint = "look at it with `rollback`: it says what would be lost, and asks";
        if let Some(label) = &self.half {
            return Err(Error::new(
                ErrorKind::Refused,
                format!("the run was not taken back: it began in the middle of {label}, where nothing leads back to"),
            )
            .hint(hint));
        }
        let mut choice = choose(migrator, url, dir, &By::Best, Some(self.to)).map_err(|e| {
            Error::new(e.kind(), format!("the run was not taken back: {}", e.message())).hint(hint)
        })?;
        let refuse = |why: String| {
            Err(Error::new(
                ErrorKind::Refused,
                format!("the run was not taken back: the way back is the backup, and {why}"),
            )
            .hint(hint))
        };
        match &choice.way {
            Way::Backup { path, .. } => {
                let mine = self.backup.as_ref().is_some_and(|made| made.file_name() == path.file_name());
                if !mine {
                    return refuse("none was made before this run".to_owned());
                }
                if !self.others.is_empty() {
                    return refuse(format!("{} since the run began", self.others.join(", ")));
                }
                match &choice.since {
                    Since::Known(changed) if changed.is_empty() => {}
                    Since::Known(changed) => {
                        let tables: Vec<&str> = changed.iter().map(|c| c.table.as_str()).collect();
                        return refuse(format!(
                            "rows of {} were written since the run ended",
                            tables.join(", ")
                        ));
                    }
                    Since::Unknown(why) => {
                        return refuse(format!("nobody can say what was written since: {why}"));
                    }
                }
            }
            Way::Down { .. } => {
                // What others wrote while the run was under way differs from the state before, too.
                if !self.others.is_empty() {
                    choice.since = Since::Unknown("others wrote while the run was under way".to_owned());
                }
            }
        }
        choice.failed = Some(self.failed.clone());
        Ok(choice)
    }
}
