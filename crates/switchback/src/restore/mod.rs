//! Going back to a backup: its digests first, the present state kept, then the data, then its digests again.
//!
//! At every moment the database is the old one or the new one, whole: on SQLite the pages are written in one
//! transaction; on PostgreSQL another database is filled and checked beside it, and the two change names in one.

mod damaged;
mod in_place;
mod job;
mod others;
mod postgres;
mod settings;
mod sqlite;

pub(crate) use postgres::before_restore;
pub(crate) use sqlite::Outside;

use crate::backup::{self, Form, Manifest, verify};
use crate::connect::{DatabaseUrl, process_environment};
use crate::event::Watch;
use crate::migrator::{Connected, Migrator, Note};
use crate::store::Store;
use job::Job;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;
use switchback_plan::{Error, ErrorKind, Result};

/// How a restore behaves.
#[derive(Debug, Clone, Default)]
pub struct How {
    /// The folder in which the present state is kept as a backup.
    pub dir: PathBuf,
    /// PostgreSQL: into the database itself, in one transaction, where a new one cannot be made.
    pub in_place: bool,
    /// PostgreSQL: end the connections of others; without it they are named, and nothing is done.
    pub end_connections: bool,
    /// Take a backup of another database too.
    pub any_database: bool,
}

/// A backup that was restored.
#[derive(Debug, Clone, Serialize)]
pub struct Restored {
    /// The database's name.
    pub database: String,
    /// Its engine.
    pub engine: &'static str,
    /// The backup.
    pub from: PathBuf,
    /// How: `pages` (SQLite, in one transaction), `file` (SQLite, in the place of a damaged one), `swap`
    /// (PostgreSQL, another database under its name) or `in_place`.
    pub way: &'static str,
    /// Whether the result was compared with the backup. Not where somebody wrote to it at once, or did not wait for it.
    pub compared: bool,
    /// Where the state before lies.
    pub before: Before,
    /// The connections that were ended.
    pub ended: Vec<String>,
    /// What is in it.
    pub manifest: Manifest,
    /// How long it took.
    pub seconds: f64,
}

/// Where the state before a restore lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Before {
    /// In a backup.
    Backup(PathBuf),
    /// In a database of that name, on the same server.
    Database(String),
    /// There was none.
    Nothing,
}

/// Restores a backup over the database at `url`.
///
/// # Errors
/// A backup that is damaged or another database's, somebody who is connected, no room: the database is then as it was. Where
/// it is restored and only the journal cannot say so, the error does.
pub fn restore(migrator: &Migrator, url: &str, from: &Path, how: &How, watch: &Watch) -> Result<Restored> {
    over(migrator, url, from, how, watch, None)
}

/// The same over a database of which somebody knows already that it was `sound`.
pub(crate) fn over(
    migrator: &Migrator,
    url: &str,
    from: &Path,
    how: &How,
    watch: &Watch,
    sound: Option<&Outside>,
) -> Result<Restored> {
    let start = Instant::now();
    let url = DatabaseUrl::parse(url)?.with_environment(&process_environment)?;
    let local = migrator.read_unsealed(url.dialect())?;
    let manifest = verify::listed(from)?;
    let other = |is: &str, wanted: &str| {
        Error::new(ErrorKind::Backup, format!("{} is a backup of {is}, and this is {wanted}", from.display()))
    };
    if manifest.engine != url.dialect().as_str() {
        return Err(other(&manifest.engine, url.dialect().as_str()).hint("name a backup of this engine"));
    }
    if manifest.database != local.name && !how.any_database {
        return Err(other(&manifest.database, &local.name)
            .hint("name another backup (`backup --list`), or say --any-database if that is what you want"));
    }
    // A file of SQLite is read while what is there is copied.
    if manifest.form != Form::Sqlite || manifest.encryption.is_some() {
        verify::digests(from, &manifest)?;
    }
    // Before anything changes: who has no identity learns it now.
    let opened = &backup::crypt::open(from, &manifest, migrator.settings())?;
    let done = match &url {
        DatabaseUrl::Sqlite(target) => {
            let job = Job { migrator, target, from: opened, manifest: &manifest, how, watch };
            sqlite::restore(job, sound)?
        }
        DatabaseUrl::Postgres(target) => {
            let job = Job { migrator, target, from: opened, manifest: &manifest, how, watch };
            if how.in_place { in_place::restore(job)? } else { postgres::restore(job)? }
        }
    };
    let note = format!(
        "from {} of {} ({}); {}",
        from.file_name().unwrap_or_default().to_string_lossy(),
        manifest.taken_at,
        manifest.head_label(),
        done.said(),
    );
    let noted = migrator.clone().connect_to(url).and_then(|mut c| c.note(Note::Restored, &note));
    noted.map_err(|e| {
        let what = format!("the backup is restored, and its row is missing in the journal: {}", e.message());
        Error::new(e.kind(), what).hint(format!("mend what is named, and go on: {}", done.said()))
    })?;
    Ok(Restored {
        database: local.name,
        engine: local.dialect.as_str(),
        from: from.to_owned(),
        way: done.way,
        compared: done.compared,
        before: done.before,
        ended: done.ended,
        manifest,
        seconds: start.elapsed().as_secs_f64(),
    })
}

/// What an engine did.
struct Done {
    way: &'static str,
    compared: bool,
    before: Before,
    /// Where the journal of the state before ended: the restored one knows nothing of it.
    journal: Option<(i64, String)>,
    ended: Vec<String>,
}

impl Done {
    fn said(&self) -> String {
        let kept = match &self.before {
            Before::Backup(path) => {
                format!("the state before is in {}", path.file_name().unwrap_or_default().to_string_lossy())
            }
            Before::Database(name) => format!("the state before is the database {name}"),
            Before::Nothing => "there was no state before".to_owned(),
        };
        match &self.journal {
            Some((id, hash)) => format!("{kept}, its journal ended with row {id}, {hash}"),
            None => kept,
        }
    }
}

/// Refuses a backup of another database that happens to have the same name in its configuration. Where one of the two
/// has no journal, nothing can be said.
fn same_database(connected: &mut Connected, manifest: &Manifest, from: &Path, how: &How) -> Result<()> {
    let identity = Store::new(&connected.db).first_hash(&mut connected.db)?;
    match (&identity, &manifest.identity) {
        (Some(live), Some(kept)) if live != kept && !how.any_database => Err(Error::new(
            ErrorKind::Backup,
            format!("{} is a backup of another database: its journal began with another row", from.display()),
        )
        .hint("name another backup (`backup --list`), or say --any-database if that is what you want")),
        _ => Ok(()),
    }
}

/// Whether SQLite finds that file to be none of its own.
pub(crate) fn is_no_database(file: &Path) -> bool {
    !damaged::begins_like_one(file) || damaged::is_damaged(file)
}

/// Where the journal ends now.
fn journal_end(connected: &mut Connected) -> Result<Option<(i64, String)>> {
    let head = connected.read(false)?.head;
    Ok((head.id > 0).then_some((head.id, head.hash)))
}
