//! Throwaway databases: made in a moment, gone afterwards on every path.
//!
//! For PostgreSQL a temporary cluster of the installed server binaries (a second start copies a cached `initdb`
//! and takes a fraction of a second), or a database on a given server; for SQLite a temporary file. What a
//! killed process leaves behind is removed by a watcher that outlives it, and else by the next start.
//!
//! ```no_run
//! use switchback::scratch::{Options, Scratch};
//! use switchback_plan::Dialect;
//!
//! let scratch = Scratch::open(Dialect::Postgres, &Options::default())?;
//! println!("{}", scratch.url());
//! # Ok::<(), switchback_plan::Error>(())
//! ```

pub mod binaries;
mod dir;
pub mod postgres;
mod run;
pub mod server;
pub mod sqlite;
mod template;
#[doc(hidden)]
pub mod testing;
mod unprivileged;

use switchback_plan::{Dialect, Error, ErrorKind, Result, quote};

pub use binaries::PgBinaries;
pub use postgres::{PgCluster, PgOptions};
pub use run::run;
pub use server::ServerDatabase;
pub use sqlite::SqliteFile;

/// What a throwaway database starts with.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// PostgreSQL: make a database on this server, instead of starting one.
    pub scratch_url: Option<String>,
    /// PostgreSQL: the major version to start; any when it is not given.
    pub pg_major: Option<u32>,
    /// PostgreSQL: how the cluster is started.
    pub pg: PgOptions,
    /// PostgreSQL: roles that must exist. They are the server's, so on a given server they stay.
    pub roles: Vec<String>,
    /// PostgreSQL: extensions that must exist in the database.
    pub extensions: Vec<String>,
    /// SQL that runs last: text, and the file that it came from (for messages).
    pub setup: Option<Setup>,
    /// Variables that [`run`] sets for the command besides those that name the database.
    pub environment: Vec<(String, String)>,
}

/// SQL that prepares a throwaway database, such as a project's `[scratch] setup.sql`.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// The file, as a person would name it.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// A throwaway database. It is gone when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    url: String,
    dialect: Dialect,
    environment: Vec<(String, String)>,
    // Dropped for its effect: the file, the server or the database goes.
    _kept: Kept,
}

/// What is removed with the database.
#[derive(Debug)]
#[allow(dead_code, reason = "held for Drop")]
enum Kept {
    Sqlite(SqliteFile),
    Cluster(Box<PgCluster>),
    Server(ServerDatabase),
}

impl Scratch {
    /// Makes a throwaway database of that dialect, with the roles, extensions and setup of `options`.
    ///
    /// # Errors
    /// No server binaries, a server that does not start or cannot be reached, a role or extension that cannot be
    /// made (it is named), SQL of the setup that fails (with its place).
    pub fn open(dialect: Dialect, options: &Options) -> Result<Scratch> {
        let (url, kept) = match (dialect, &options.scratch_url) {
            (Dialect::Sqlite, _) => {
                let file = SqliteFile::create()?;
                (file.url(), Kept::Sqlite(file))
            }
            (Dialect::Postgres, Some(server)) => {
                let database = ServerDatabase::create(server)?;
                (database.url().to_owned(), Kept::Server(database))
            }
            (Dialect::Postgres, None) => {
                let cluster = PgCluster::start(&binaries::find(options.pg_major)?, &options.pg)?;
                let url = cluster.create_database("scratch")?;
                (url, Kept::Cluster(Box::new(cluster)))
            }
        };
        let scratch = Scratch { url, dialect, environment: options.environment.clone(), _kept: kept };
        match dialect {
            Dialect::Sqlite => sqlite::prepare(scratch.sqlite_path(), options)?,
            Dialect::Postgres => prepare_postgres(scratch.url(), options)?,
        }
        Ok(scratch)
    }

    /// `postgres://postgres@127.0.0.1:PORT/scratch` or `sqlite:/path/file.db`. It may hold a password when it is
    /// made from a given server's.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Which of the two.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The cluster, when one was started for this database.
    pub fn cluster(&mut self) -> Option<&mut PgCluster> {
        match &mut self._kept {
            Kept::Cluster(cluster) => Some(cluster),
            Kept::Sqlite(_) | Kept::Server(_) => None,
        }
    }

    fn sqlite_path(&self) -> &str {
        self.url.strip_prefix("sqlite:").unwrap_or(&self.url)
    }
}

/// Roles, extensions, then the setup.
pub(crate) fn prepare_postgres(url: &str, options: &Options) -> Result<()> {
    if options.roles.is_empty() && options.extensions.is_empty() && options.setup.is_none() {
        return Ok(());
    }
    let mut client = server::connect(url)?;
    for role in &options.roles {
        // CREATE ROLE knows no IF NOT EXISTS, and two runners may make the same role at once.
        let sql = format!(
            "DO $do$ BEGIN CREATE ROLE {}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $do$",
            quote::ident(role)
        );
        client.batch_execute(&sql).map_err(|e| {
            server::error(&format!("the role {role} could not be created"), &e)
                .hint("let a superuser create it, or take it out of the declared roles")
        })?;
    }
    for extension in &options.extensions {
        let sql = format!("CREATE EXTENSION IF NOT EXISTS {} CASCADE", quote::ident(extension));
        client.batch_execute(&sql).map_err(|e| {
            server::error(&format!("the extension {extension} could not be created"), &e).hint(format!(
                "install {extension} for this server, or name a server that has it with --scratch-url"
            ))
        })?;
    }
    if let Some(setup) = &options.setup {
        client.batch_execute(&setup.text).map_err(|e| server::setup_error(setup, &e))?;
    }
    Ok(())
}

/// An error of reading, writing or starting something.
fn io(what: impl Into<String>, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{}: {error}", what.into()))
}

#[cfg(test)]
mod tests;
