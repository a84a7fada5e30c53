//! What names a database.

use std::fmt;
use std::path::Path;

use switchback_plan::{Dialect, Error, ErrorKind, Result};

use super::postgres_url::{PgTarget, looks_like_pairs, url_body};
use super::sqlite_url::SqliteTarget;

/// A database, as a user names it. Its `Display` and `Debug` never show a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file, or memory.
    Sqlite(SqliteTarget),
    /// A server's database.
    Postgres(PgTarget),
}

impl DatabaseUrl {
    /// Reads what a user writes: `sqlite:app.db`, `sqlite:///var/lib/app.db`, `sqlite::memory:`, `file:app.db?mode=ro`, a
    /// path that ends with `.db`, `.sqlite` or `.sqlite3`; `postgres://ada@db/app`, or `host=db user=ada dbname=app`.
    ///
    /// This reads nothing but the text: `PG*` variables come in with [`DatabaseUrl::with_environment`].
    ///
    /// # Errors
    /// Of the kind `Config` (or `Unsupported`), without any part of a password.
    pub fn parse(text: &str) -> Result<DatabaseUrl> {
        let text = text.trim();
        if text.is_empty() {
            return Err(not_a_database("the database URL is empty"));
        }
        if let Some(target) = SqliteTarget::parse_url(text) {
            return Ok(DatabaseUrl::Sqlite(target?));
        }
        if url_body(text).is_some() || looks_like_pairs(text) {
            return Ok(DatabaseUrl::Postgres(PgTarget::parse(text)?));
        }
        match text.split_once("://") {
            Some((scheme, _)) if !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                Err(not_a_database(&format!("{scheme} is not a kind of database that is supported")))
            }
            None if names_a_file(text) => Ok(DatabaseUrl::Sqlite(SqliteTarget::file(text))),
            _ => {
                Err(not_a_database("the database URL names neither a SQLite file nor a PostgreSQL database"))
            }
        }
    }

    /// Fills what a PostgreSQL URL leaves open from the `PG*` variables; see [`PgTarget::with_environment`].
    ///
    /// # Errors
    /// See [`PgTarget::with_environment`].
    pub fn with_environment(self, variable: &dyn Fn(&str) -> Option<String>) -> Result<DatabaseUrl> {
        match self {
            DatabaseUrl::Sqlite(target) => Ok(DatabaseUrl::Sqlite(target)),
            DatabaseUrl::Postgres(target) => Ok(DatabaseUrl::Postgres(target.with_environment(variable)?)),
        }
    }

    /// Which of the two databases it is.
    pub fn dialect(&self) -> Dialect {
        match self {
            DatabaseUrl::Sqlite(_) => Dialect::Sqlite,
            DatabaseUrl::Postgres(_) => Dialect::Postgres,
        }
    }
}

impl std::str::FromStr for DatabaseUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<DatabaseUrl> {
        DatabaseUrl::parse(text)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseUrl::Sqlite(target) => target.fmt(f),
            DatabaseUrl::Postgres(target) => target.fmt(f),
        }
    }
}

fn names_a_file(text: &str) -> bool {
    let extension = Path::new(text).extension().and_then(|e| e.to_str()).unwrap_or_default();
    ["db", "sqlite", "sqlite3"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

fn not_a_database(message: &str) -> Error {
    Error::new(ErrorKind::Config, message)
        .hint("write sqlite:path/to/file.db or postgres://user:password@host:port/database")
}
