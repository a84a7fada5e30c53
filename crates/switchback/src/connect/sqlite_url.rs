//! What names a SQLite database.

use std::fmt;
use std::path::{Path, PathBuf};

use switchback_plan::{Error, ErrorKind, Result};

use super::postgres_url::decode;

/// Where a SQLite database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlitePlace {
    /// A file.
    File(PathBuf),
    /// Memory: gone with the connection.
    Memory,
    /// Memory that every connection of this process shares under this name, gone with the last of them.
    SharedMemory(String),
}

/// A SQLite database and how its URL wants it opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteTarget {
    /// Where it is.
    pub place: SqlitePlace,
    /// `mode=ro` or `immutable=1`: never written.
    pub read_only: bool,
    /// `mode=rw`: never created.
    pub must_exist: bool,
    /// `immutable=1`: nobody else writes it either, so nothing is locked.
    pub immutable: bool,
}

impl SqliteTarget {
    /// A file, to be read and written.
    pub fn file(path: impl Into<PathBuf>) -> SqliteTarget {
        SqliteTarget {
            place: SqlitePlace::File(path.into()),
            read_only: false,
            must_exist: false,
            immutable: false,
        }
    }

    /// A database of its own in memory.
    pub fn memory() -> SqliteTarget {
        SqliteTarget { place: SqlitePlace::Memory, ..SqliteTarget::file("") }
    }

    /// The file, when it is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            SqlitePlace::File(path) => Some(path),
            SqlitePlace::Memory | SqlitePlace::SharedMemory(_) => None,
        }
    }

    /// Reads a `sqlite:` or `file:` URL; nothing when the text is neither.
    pub(super) fn parse_url(text: &str) -> Option<Result<SqliteTarget>> {
        if text == ":memory:" {
            return Some(Ok(SqliteTarget::memory()));
        }
        let (body, is_uri) = match (text.strip_prefix("sqlite:"), text.strip_prefix("file:")) {
            (Some(body), _) => (body, false),
            (_, Some(body)) => (body, true),
            (None, None) => return None,
        };
        Some(parse(body, is_uri))
    }
}

impl fmt::Display for SqliteTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            SqlitePlace::File(path) => write!(f, "sqlite:{}", path.display()),
            SqlitePlace::Memory => f.write_str("sqlite::memory:"),
            SqlitePlace::SharedMemory(name) => write!(f, "file:{name}?mode=memory&cache=shared"),
        }
    }
}

fn parse(body: &str, is_uri: bool) -> Result<SqliteTarget> {
    // SQLite's own URIs may end with a fragment; everywhere else a # is a character like any other.
    let body = if is_uri { body.split('#').next().unwrap_or_default() } else { body };
    let (path, query) = body.split_once('?').unwrap_or((body, ""));
    let path = match path.strip_prefix("//") {
        // file://localhost/path and file:///path
        Some(rest) if is_uri => match rest.split_once('/') {
            Some(("" | "localhost", path)) => format!("/{path}"),
            _ => {
                return Err(Error::new(ErrorKind::Config, "a file: URL names a file on another machine")
                    .hint("write file:relative/path.db or file:///absolute/path.db"));
            }
        },
        // sqlite://relative and sqlite:///absolute
        Some(rest) => rest.to_owned(),
        None => path.to_owned(),
    };
    let path = decode(&path, "path")?;
    if path.is_empty() {
        return Err(Error::new(ErrorKind::Config, "the SQLite URL names no file")
            .hint("write sqlite:path/to/file.db, or sqlite::memory: for a database in memory"));
    }
    let mut target = SqliteTarget::file(&path);
    let (mut memory, mut shared) = (path == ":memory:", false);
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (name, value) {
            ("mode", "ro") => target.read_only = true,
            ("mode", "rw") => target.must_exist = true,
            ("mode", "rwc") => {}
            ("mode", "memory") => memory = true,
            ("cache", "shared") => shared = true,
            ("cache", "private") => shared = false,
            ("immutable", "1" | "true" | "yes" | "on") => (target.immutable, target.read_only) = (true, true),
            ("immutable", "0" | "false" | "no" | "off") => {}
            ("mode" | "cache" | "immutable", _) => {
                return Err(Error::new(ErrorKind::Config, format!("{name} has a value that is not known"))
                    .hint(
                        "mode is one of ro, rw, rwc, memory; cache is shared or private; immutable is 0 or 1",
                    ));
            }
            _ => {
                return Err(Error::new(
                    ErrorKind::Config,
                    "the SQLite URL has a parameter that is not known",
                )
                .hint("mode, cache and immutable are; a ? in a file name is written %3F"));
            }
        }
    }
    match (memory, shared) {
        (true, true) => target.place = SqlitePlace::SharedMemory(path),
        (true, false) => target.place = SqlitePlace::Memory,
        (false, true) => {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "cache=shared is supported for databases in memory only",
            ));
        }
        (false, false) => {}
    }
    Ok(target)
}
