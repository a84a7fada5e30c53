//! A temporary SQLite file.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use switchback_plan::{Error, ErrorKind, Location, Result};

use super::dir::{Medium, ScratchDir};
use super::{Options, Setup};

/// A file that does not exist yet, in a directory of its own, so that its journal goes with it. Removed on drop,
/// and also when the process is killed.
#[derive(Debug)]
pub struct SqliteFile {
    dir: ScratchDir,
}

impl SqliteFile {
    /// Makes the directory; SQLite makes the file when it is opened.
    ///
    /// # Errors
    /// The temporary directory cannot be written.
    pub fn create() -> Result<SqliteFile> {
        Ok(SqliteFile { dir: ScratchDir::create(None, Medium::Disk)? })
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.dir.path().join("scratch.db")
    }

    /// `sqlite:/path/scratch.db`.
    pub fn url(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }
}

/// Creates the file and runs the setup. Roles and extensions are PostgreSQL's.
pub(super) fn prepare(path: &str, options: &Options) -> Result<()> {
    let connection = Connection::open(Path::new(path)).map_err(|e| {
        Error::new(ErrorKind::Database, format!("the throwaway file could not be opened: {e}"))
    })?;
    // An empty database is an empty file: commands that refuse to create one find it.
    options.setup.as_ref().map_or(Ok(()), |setup| run_setup(&connection, setup))
}

/// Runs the setup.
pub(crate) fn run_setup(connection: &Connection, setup: &Setup) -> Result<()> {
    connection.execute_batch(&setup.text).map_err(|e| setup_error(setup, &e))
}

fn setup_error(setup: &Setup, e: &rusqlite::Error) -> Error {
    let (said, location) = match e {
        // The text is what was left of the setup; where it does not say, the offset is negative.
        rusqlite::Error::SqlInputError { msg, sql, offset, .. } if setup.text.ends_with(sql.as_str()) => {
            let begin = setup.text.len() - sql.len();
            let offset = begin + usize::try_from(*offset).unwrap_or(0);
            (msg.clone(), Location::in_text(&setup.file, &setup.text, offset))
        }
        other => (other.to_string(), Location::file(&setup.file)),
    };
    Error::new(ErrorKind::Database, format!("the setup of the throwaway database failed: {said}"))
        .at(location)
}
