//! Opens a SQLite database, and says in one sentence why it cannot be opened.

use std::fs;
use std::path::Path;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use switchback_plan::{Error, ErrorKind, Result};

use super::sqlite_url::{SqlitePlace, SqliteTarget};

/// How long a statement waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens a database with foreign keys on, which waits up to five seconds for locks; the journal mode stays as it is found.
///
/// - `read_only`: nothing can be changed through the connection, and **a file that does not exist is an empty database**
///   (in memory), so that looking at it creates nothing. Its directory has to exist.
/// - `create`: a file that does not exist is created; without it, and without `read_only`, that is an error.
///
/// # Errors
/// Of the kind `Connection`: a missing directory, a directory in the file's place, a file or directory that cannot be
/// written, a file that is no database, a corrupted one, one that stays locked. `Config` when the URL says `mode=ro` and
/// the caller wants to write.
pub fn open_sqlite(target: &SqliteTarget, create: bool, read_only: bool) -> Result<Connection> {
    if target.read_only && !read_only {
        return Err(Error::new(ErrorKind::Config, format!("{target} is opened read-only by its own URL"))
            .hint("take mode=ro (or immutable=1) out of the URL"));
    }
    let mut connection = match &target.place {
        SqlitePlace::File(path) => open_file(target, path, create, read_only)?,
        SqlitePlace::Memory => {
            Connection::open_in_memory().map_err(|e| explain(e, "a database in memory"))?
        }
        SqlitePlace::SharedMemory(name) => {
            let uri =
                format!("file:{}?mode=memory&cache=shared", utf8_percent_encode(name, NON_ALPHANUMERIC));
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_CREATE
                | OpenFlags::SQLITE_OPEN_URI
                | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            Connection::open_with_flags(uri, flags).map_err(|e| explain(e, "a database in memory"))?
        }
    };
    let shown = || target.path().map_or_else(|| target.to_string(), |path| path.display().to_string());
    prepare(&mut connection, read_only).map_err(|e| explain(e, &shown()))?;
    Ok(connection)
}

fn prepare(connection: &mut Connection, read_only: bool) -> rusqlite::Result<()> {
    wait_for_locks(connection)?;
    // Reads the header and the schema: what is no database shows here, not in the middle of a run.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    if read_only {
        connection.pragma_update(None, "query_only", true)?;
    }
    Ok(())
}

/// Waits up to five seconds for the locks of others. `PRAGMA busy_timeout` would sleep ever longer, up to a tenth of a
/// second: beside somebody who writes all the time it is hardly ever awake between two commits.
///
/// # Errors
/// None that is known.
pub fn wait_for_locks(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_handler(Some(|tries: i32| {
        std::thread::sleep(Duration::from_millis(1));
        u128::from(tries.unsigned_abs()) < BUSY_TIMEOUT.as_millis()
    }))
}

fn open_file(target: &SqliteTarget, path: &Path, create: bool, read_only: bool) -> Result<Connection> {
    let shown = path.display();
    let exists = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            return Err(connection_error(format!("{shown} is a directory, not a database file"))
                .hint("name a file in it"));
        }
        Ok(_) => true,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => {
            return Err(connection_error(format!("{shown} cannot be opened: {error}")).hint("check the path"));
        }
    };
    let directory = path.parent().filter(|d| !d.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !directory.is_dir() {
        return Err(connection_error(format!("the directory {} does not exist", directory.display()))
            .hint("create it first, or correct the path of the database"));
    }
    let may_create = create && !target.must_exist;
    if !exists && read_only && !target.must_exist {
        return Connection::open_in_memory().map_err(|e| explain(e, "a database in memory"));
    }
    if !exists && !may_create {
        let hint = match target.must_exist {
            true => "check the path; it is not created, because its URL says mode=rw",
            false => "check the path; only a run upwards creates a database",
        };
        return Err(connection_error(format!("the database {shown} does not exist")).hint(hint));
    }
    if !read_only {
        check_writable(path, directory, exists)?;
    }
    let connection = match target.immutable {
        true => {
            let path = utf8_percent_encode(&path.to_string_lossy(), NON_ALPHANUMERIC).to_string();
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
                | OpenFlags::SQLITE_OPEN_URI
                | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            Connection::open_with_flags(format!("file:{path}?immutable=1"), flags)
        }
        false => Connection::open_with_flags(path, flags(target, may_create, read_only)),
    };
    let connection = connection.map_err(|e| explain(e, &shown.to_string()))?;
    Ok(connection)
}

/// Reading, too, opens for writing where that is allowed (and `query_only` forbids changes): a reader that may not write
/// could neither roll back what a crash left behind nor tidy up beside a WAL database.
fn flags(target: &SqliteTarget, create: bool, read_only: bool) -> OpenFlags {
    let access = match (target.read_only, create && !read_only) {
        (true, _) => OpenFlags::SQLITE_OPEN_READ_ONLY,
        (false, true) => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        (false, false) => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// SQLite itself would notice at the first write only, and then not say which of the two it is.
#[cfg(unix)]
fn check_writable(path: &Path, directory: &Path, exists: bool) -> Result<()> {
    use rustix::fs::{Access, access};
    if exists && access(path, Access::WRITE_OK).is_err() {
        return Err(read_only_file(&path.display().to_string()));
    }
    if access(directory, Access::WRITE_OK | Access::EXEC_OK).is_err() {
        return Err(connection_error(format!(
            "the directory {} cannot be written, and SQLite keeps its journal beside the database",
            directory.display()
        ))
        .hint("give this user the right to write there"));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_writable(path: &Path, _: &Path, exists: bool) -> Result<()> {
    match exists && fs::metadata(path).is_ok_and(|m| m.permissions().readonly()) {
        true => Err(read_only_file(&path.display().to_string())),
        false => Ok(()),
    }
}

fn read_only_file(shown: &str) -> Error {
    connection_error(format!("the database {shown} cannot be written: the file is read-only"))
        .hint("give this user the right to write it")
}

fn connection_error(message: String) -> Error {
    Error::new(ErrorKind::Connection, message)
}

fn explain(error: rusqlite::Error, shown: &str) -> Error {
    let rusqlite::Error::SqliteFailure(failure, detail) = &error else {
        return connection_error(format!("{shown} cannot be opened: {error}"));
    };
    let (message, hint) = match failure.code {
        ErrorCode::NotADatabase => (
            format!("{shown} is not a SQLite database"),
            "check the path; an encrypted database looks like this too",
        ),
        ErrorCode::DatabaseCorrupt => (
            format!("the database {shown} is corrupted"),
            "restore a backup, or save what can be read with sqlite3's .recover",
        ),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => (
            format!("the database {shown} is locked by another process"),
            "wait until the other process is done, or end it",
        ),
        ErrorCode::ReadOnly => (
            format!(
                "the database {shown} cannot be read without writing beside it (WAL, or a crash left a journal)"
            ),
            "give this user the right to write the file and its directory",
        ),
        ErrorCode::CannotOpen => (
            format!("the database {shown} cannot be opened"),
            "check the path and the permissions of the file and of its directory",
        ),
        ErrorCode::SystemIoFailure => {
            (format!("reading or writing the database {shown} failed"), "check the disk and the file system")
        }
        ErrorCode::DiskFull => {
            (format!("there is no room on the disk of {shown}"), "make room and try again")
        }
        _ => {
            let detail = detail.clone().unwrap_or_else(|| ffi::code_to_str(failure.extended_code).to_owned());
            (format!("the database {shown} cannot be opened: {detail}"), "check the path")
        }
    };
    connection_error(message).hint(hint)
}
