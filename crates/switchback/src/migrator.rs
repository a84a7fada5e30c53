//! The public library: a set of migrations, a connection, and what can be done with the two.

mod analyze;
mod bare;
mod check;
mod connected;
pub(crate) mod deadline;
mod describe;
mod drift;
pub(crate) mod kept;
mod note;
mod pinned;
pub(crate) mod recreate;
mod repair;
mod rows;
mod saved;

pub use connected::Connected;
pub use kept::{Kept, KeptChange, KeptReport};
pub use note::Note;
pub use pinned::{hold_backup, pin_backup};
pub use recreate::Rebuild;
pub use repair::{Intent, Repair};
pub use saved::PlanRequest;

use crate::connect::{
    Canceller, DatabaseUrl, SessionOptions, SqliteTarget, connect_postgres, open_sqlite, process_environment,
};
use crate::db::Database;
use crate::db::postgres::Postgres;
use crate::db::sqlite::Sqlite;
use crate::options::Options;
use crate::set::{RustMigration, Source};
use crate::store::MAX_VERSION;
use std::path::Path;
use std::sync::Arc;
use switchback_plan::source::{self, SourceFile};
use switchback_plan::{Dialect, MigrationSet, Result};

/// A set of migrations that has no database yet.
///
/// ```no_run
/// # const SET: switchback::EmbeddedSet = switchback::EmbeddedSet { name: "app", files: &[], rust: &[] };
/// use switchback::{Migrator, Target};
/// let url = std::env::var("DATABASE_URL")?;
/// Migrator::new(SET).connect(&url)?.up(Target::Latest)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Migrator {
    source: Source,
    options: Options,
}

impl Migrator {
    /// A set, embedded or a directory.
    pub fn new(source: impl Into<Source>) -> Migrator {
        Migrator { source: source.into(), options: Options::default() }
    }

    /// The same with other options.
    #[must_use]
    pub fn options(mut self, options: Options) -> Migrator {
        self.options = options;
        self
    }

    /// Reads and checks every file for that dialect, without a database.
    ///
    /// # Errors
    /// The first file that is not what the format asks for.
    pub fn read(&self, dialect: Dialect) -> Result<MigrationSet> {
        self.parse(dialect, source::parse)
    }

    fn parse(
        &self,
        dialect: Dialect,
        parse: impl Fn(&str, Dialect, i64, &[SourceFile]) -> Result<MigrationSet>,
    ) -> Result<MigrationSet> {
        let name = self.options.database.clone().unwrap_or_else(|| self.source_name());
        match &self.source {
            Source::Embedded(set) => {
                let files: Vec<SourceFile> =
                    set.files.iter().map(|(path, text)| SourceFile::embedded(path, text)).collect();
                parse(&name, dialect, MAX_VERSION, &files)
            }
            Source::Directory(dir) => parse(&name, dialect, MAX_VERSION, &crate::files::read_dir(dir)?),
            Source::Files(files) => parse(&name, dialect, MAX_VERSION, &files.files),
        }
        .map_err(|e| self.at_root(e))
    }

    /// The set on a database that is open already.
    pub(crate) fn with(&self, local: MigrationSet, db: Database, options: Options) -> Connected {
        Connected::new(local, self.functions(), self.root(), db, options)
    }

    fn source_name(&self) -> String {
        match &self.source {
            Source::Embedded(set) => set.name.to_owned(),
            Source::Directory(dir) => folder_name(dir),
            Source::Files(files) => files.name.clone(),
        }
    }

    /// What stands before relative paths in messages.
    fn root(&self) -> String {
        match (&self.options.root, &self.source) {
            (Some(root), _) => root.clone(),
            (None, Source::Embedded(set)) => set.name.to_owned(),
            (None, Source::Directory(dir)) => dir.display().to_string(),
            (None, Source::Files(files)) => files.name.clone(),
        }
    }

    fn at_root(&self, e: switchback_plan::Error) -> switchback_plan::Error {
        match e.location().cloned() {
            Some(mut location) => {
                location.file = format!("{}/{}", self.root().trim_end_matches('/'), location.file);
                e.at(location)
            }
            None => e,
        }
    }

    fn functions(&self) -> &'static [RustMigration] {
        match &self.source {
            Source::Embedded(set) => set.rust,
            Source::Directory(_) => &[],
            Source::Files(files) => files.rust,
        }
    }

    /// Connects, and creates a SQLite file that is not there yet.
    ///
    /// # Errors
    /// A bad URL, a server that does not answer, or files that are not what the format asks for.
    pub fn connect(self, url: &str) -> Result<Connected> {
        self.open(url, false)
    }

    /// Connects for reading: creates nothing, writes nothing.
    ///
    /// # Errors
    /// As [`Migrator::connect`].
    pub fn connect_read_only(self, url: &str) -> Result<Connected> {
        self.open(url, true)
    }

    fn open(self, url: &str, read_only: bool) -> Result<Connected> {
        self.open_url(DatabaseUrl::parse(url)?.with_environment(&process_environment)?, read_only)
    }

    /// Connects to what the environment has been asked about already.
    pub(crate) fn connect_to(self, url: DatabaseUrl) -> Result<Connected> {
        self.open_url(url, false)
    }

    /// The same, and does not make a file that is not there.
    pub(crate) fn connect_existing(self, url: DatabaseUrl) -> Result<Connected> {
        let url = match url {
            DatabaseUrl::Sqlite(target) => DatabaseUrl::Sqlite(SqliteTarget { must_exist: true, ..target }),
            DatabaseUrl::Postgres(target) => DatabaseUrl::Postgres(target),
        };
        self.open_url(url, false)
    }

    /// How its connections behave.
    pub(crate) fn settings(&self) -> &Options {
        &self.options
    }

    /// The set, also where not all of it is sealed.
    pub(crate) fn read_unsealed(&self, dialect: Dialect) -> Result<MigrationSet> {
        self.parse(dialect, source::parse_unsealed)
    }

    fn open_url(self, url: DatabaseUrl, read_only: bool) -> Result<Connected> {
        // The files first: a bad file is found before a database is touched, or created. What is not sealed yet is no bad
        // file: it is refused where it would run.
        let local = self.read_unsealed(url.dialect())?;
        let db = open_database(&url, &self.options, read_only)?;
        let connected = Connected::new(local, self.functions(), self.root(), db, self.options);
        Ok(Connected { url: Some(url), ..connected })
    }
}

/// The last part of a directory's path.
pub(crate) fn folder_name(dir: &Path) -> String {
    let full = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    full.file_name().map_or_else(|| "migrations".to_owned(), |n| n.to_string_lossy().into_owned())
}

pub(crate) fn open_database(url: &DatabaseUrl, options: &Options, read_only: bool) -> Result<Database> {
    let interrupt = Arc::clone(&options.interrupt);
    match url {
        DatabaseUrl::Sqlite(target) => {
            let conn = open_sqlite(target, !read_only, read_only)?;
            let file = target.path().map(Path::to_owned);
            Ok(Database::Sqlite(Box::new(Sqlite::new(conn, file, interrupt)?)))
        }
        DatabaseUrl::Postgres(target) => {
            let session = SessionOptions::default();
            let client = connect_postgres(target, &session)?;
            let canceller = Canceller::new(&client, target)?;
            Ok(Database::Postgres(Box::new(Postgres::new(
                client,
                canceller,
                options.schema.as_deref(),
                interrupt,
            )?)))
        }
    }
}
