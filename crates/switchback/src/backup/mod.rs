//! Backups: a whole database in a folder of its own, with a manifest that says what is in it.
//!
//! A folder is written under another name, synced, and renamed when all of it is there: whatever is called a backup is
//! a whole one.

mod before;
mod compress;
pub(crate) mod copy;
pub(crate) mod crypt;
pub(crate) mod folder;
mod list;
pub(crate) mod manifest;
pub(crate) mod postgres;
pub(crate) mod sqlite;
pub(crate) mod tools;
pub(crate) mod verify;

pub use before::{Before, When, up};
pub use list::{Listed, forget, list, newest};
pub use manifest::{DataFile, Encryption, FILE, Form, Head, JournalEnd, Manifest, Reason, TableContent};
pub use verify::{files, restored};

use crate::connect::DatabaseUrl;
use crate::content::{self, Content};
use crate::db::Database;
use crate::event::Event;
use crate::migrator::Connected;
use crate::options::Options;
use crate::schema::{self, Depth, Scope};
use crate::store::Store;
use crate::value::format_timestamp;
use crypt::Seal;
use folder::Part;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;
use switchback_plan::schema::Fingerprint;
use switchback_plan::{Error, ErrorKind, MigrationSet, Result};
use time::OffsetDateTime;

/// A backup that was made.
#[derive(Debug, Clone, Serialize)]
pub struct BackupReport {
    /// The database's name.
    pub database: String,
    /// Its engine.
    pub engine: &'static str,
    /// The folder of the backup.
    pub path: PathBuf,
    /// The size of all files, in bytes.
    pub bytes: u64,
    /// How long it took.
    pub seconds: f64,
    /// What is in it.
    pub manifest: Manifest,
}

/// Makes a backup of the database in a new folder within `dir`.
///
/// # Errors
/// A database that cannot be read or is damaged, or a folder that cannot be written or has no room. Nothing is left
/// behind that could be taken for a backup.
pub fn make(connected: &mut Connected, dir: &Path, reason: Reason) -> Result<BackupReport> {
    Copied::new(connected, dir, reason)?.finish(&connected.local, &connected.options)
}

/// A copy of the data, in a folder that is no backup before it was looked at. The database itself is not needed for
/// that.
pub(crate) struct Copied {
    start: Instant,
    at: OffsetDateTime,
    dir: PathBuf,
    part: Part,
    reason: Reason,
    seal: Option<Seal>,
    /// `None` where the copy is a database that says it itself.
    said: Option<Said>,
    /// Nothing is wrong with what was copied, as somebody found just before.
    pub sound: bool,
}

impl Copied {
    /// Copies the data into a new folder within `dir`.
    ///
    /// # Errors
    /// As [`make`].
    pub fn new(connected: &mut Connected, dir: &Path, reason: Reason) -> Result<Copied> {
        let start = Instant::now();
        let Connected { local, db, options, observer, url, .. } = connected;
        let at = options.clock.unwrap_or_else(OffsetDateTime::now_utc);
        // Before anything is read: who asks for encryption gets no backup without it.
        let seal = Seal::of(options)?;
        let part = Part::create(dir, &folder::moment(at))?;
        let said = match (db, url) {
            (Database::Sqlite(db), _) => {
                folder::needs_room(part.path(), sqlite::size(db.connection())?, "a backup")?;
                let mut progress = |done, total| {
                    observer.event(&Event::Work {
                        what: "copying the database",
                        done,
                        total: Some(total),
                        unit: "pages",
                    });
                };
                let data = part.path().join(sqlite::DATA);
                sqlite::copy(db.connection(), &data, options.lock_wait, &options.interrupt, &mut progress)?;
                None
            }
            (Database::Postgres(_), Some(DatabaseUrl::Postgres(target))) => {
                Some(postgres::copy(target, local, options, &mut **observer, part.path())?)
            }
            (Database::Postgres(_), Some(DatabaseUrl::Sqlite(_)) | None) => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    "this connection does not say where its server is",
                ));
            }
        };
        if seal.is_some() {
            observer.event(&Event::Work { what: "encrypting", done: 0, total: None, unit: "files" });
        }
        Ok(Copied { start, at, dir: dir.to_owned(), part, reason, seal, said, sound: false })
    }

    /// Looks at the copy, writes the manifest beside it, and gives the folder its name.
    ///
    /// # Errors
    /// As [`make`].
    pub fn finish(self, local: &MigrationSet, options: &Options) -> Result<BackupReport> {
        let Copied { start, at, dir, part, reason, seal, said, sound } = self;
        let check = match reason {
            Reason::BeforeRestore if sound => Check::None,
            // It is kept as it is: what was wrong with it may be why somebody goes back.
            Reason::BeforeRestore => Check::Quick,
            Reason::Asked | Reason::BeforeUp => Check::Whole,
        };
        let (said, files) = thread::scope(|scope| {
            // What is not encrypted stays as it is: it is read, and brought to the disk, while it is looked at.
            let files = seal.is_none().then(|| scope.spawn(|| part.stays()));
            let said = match said {
                Some(said) => said,
                None => looked_at(&part.path().join(sqlite::DATA), local, check, &options.interrupt)?,
            };
            Ok((said, files.map(joined).transpose()?))
        })?;
        if let Some(seal) = &seal {
            seal.close(part.path(), options)?;
        }
        let files = files.map_or_else(|| part.stays(), Ok)?;
        let manifest = Manifest {
            format: manifest::FORMAT,
            database: local.name.clone(),
            engine: local.dialect.as_str().to_owned(),
            reason,
            form: said.form,
            server: said.server,
            tool: options.tool.clone(),
            writer: said.writer,
            taken_at: format_timestamp(at),
            identity: said.identity,
            journal: said.journal,
            head: said.head,
            half_done: said.half_done,
            history_schema: said.history_schema,
            roles: said.roles,
            schema: said.schema,
            encryption: seal.as_ref().map(Seal::encryption),
            files,
            tables: said.tables,
            counters: said.counters,
        };
        write(&part.path().join(FILE), &manifest)?;
        let path = folder::free(&dir, &list::name(&folder::moment(at), manifest.head.as_ref(), reason));
        part.finish(&path)?;
        Ok(BackupReport {
            database: manifest.database.clone(),
            engine: local.dialect.as_str(),
            bytes: manifest.bytes(),
            seconds: start.elapsed().as_secs_f64(),
            manifest,
            path,
        })
    }
}

fn write(path: &Path, manifest: &Manifest) -> Result<()> {
    let text = serde_json::to_string_pretty(manifest)
        .map_err(|e| Error::new(ErrorKind::Io, format!("the manifest cannot be written: {e}")))?;
    folder::private_file(path)?
        .write_all(format!("{text}\n").as_bytes())
        .map_err(|e| failed(format!("{} cannot be written", path.display()), &e))
}

/// How closely SQLite looks for damage.
enum Check {
    None,
    /// Indexes are not compared with their tables.
    Quick,
    Whole,
}

/// What a copy says of itself. Not the database, for that may have gone on.
fn looked_at(data: &Path, local: &MigrationSet, check: Check, interrupt: &Arc<AtomicBool>) -> Result<Said> {
    let mut copy = Database::Sqlite(Box::new(sqlite::open(data, interrupt)?));
    // Nobody writes to it: two can look at it at once.
    let (schema, content) = thread::scope(|scope| {
        let sound = scope.spawn(|| match check {
            Check::None => Ok(()),
            Check::Quick => sqlite::readable(data, interrupt),
            Check::Whole => sqlite::sound(data, interrupt),
        });
        let found = read(&mut copy, &mut |_, _| {});
        joined(sound)?;
        found
    })?;
    Ok(Said {
        form: Form::Sqlite,
        server: format!("SQLite {}", rusqlite::version()),
        writer: format!("SQLite {}", rusqlite::version()),
        ..describe(&mut copy, local, &schema, &content)?
    })
}

/// What an engine says of the copy that it made.
#[derive(Default)]
struct Said {
    form: Form,
    server: String,
    writer: String,
    identity: Option<String>,
    journal: Option<JournalEnd>,
    head: Option<Head>,
    half_done: bool,
    history_schema: Option<String>,
    roles: Vec<String>,
    schema: String,
    tables: Vec<TableContent>,
    counters: BTreeMap<String, String>,
}

/// What both engines say alike of what a database holds.
fn describe(db: &mut Database, set: &MigrationSet, schema: &Fingerprint, content: &Content) -> Result<Said> {
    let store = Store::new(db);
    let state = store.read(db, set, false)?;
    let head = state.history.applied.last().map(|a| Head { version: a.version, name: a.name.clone() });
    let journal =
        (state.head.id > 0).then(|| JournalEnd { id: state.head.id, hash: state.head.hash.clone() });
    Ok(Said {
        identity: store.first_hash(db)?,
        journal,
        head,
        half_done: state.history.progress.is_some(),
        schema: schema.structure.clone(),
        tables: manifest::tables(content),
        counters: content.sequences.clone(),
        ..Said::default()
    })
}

/// The fingerprint of the schema, and the content without its rows; `each` is told of every table and its rows.
pub(crate) fn read(db: &mut Database, each: &mut dyn FnMut(&str, u64)) -> Result<(Fingerprint, Content)> {
    let schema = schema::read(db, &Scope::All, Depth::Compare)?;
    let content = content::digest(db, each)?;
    Ok((schema.fingerprint(), content))
}

/// What a thread found out.
pub(crate) fn joined<T>(thread: ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|_| Err(Error::new(ErrorKind::Io, "a thread of this program broke off")))
}

fn failed(what: String, error: &io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{what}: {error}"))
}
