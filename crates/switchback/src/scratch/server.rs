//! A throwaway database on a server that somebody else runs.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use postgres::Client;
use switchback_plan::{Error, ErrorKind, Location, Result, quote};

use super::Setup;
use crate::connect::{PgTarget, SessionOptions, connect_postgres, process_environment};

/// What the names of our databases begin with; the time of creation follows, in seconds.
const PREFIX: &str = "switchback_scratch_";
/// After that time a database that nobody is connected to was left behind by a killed process.
const FORGOTTEN: u64 = 24 * 3600;

/// A database with a random name. Dropped on drop, whoever is still connected (`WITH (FORCE)`, PostgreSQL 13).
#[derive(Debug)]
pub struct ServerDatabase {
    server: PgTarget,
    name: String,
    url: String,
}

impl ServerDatabase {
    /// Creates one on the server of that URL, whose own database is only used to connect to. Databases that killed
    /// processes left behind a day ago are dropped on the way.
    ///
    /// # Errors
    /// The server cannot be reached, or does not let this user create databases.
    pub fn create(server: &str) -> Result<ServerDatabase> {
        let server = PgTarget::parse(server)?.with_environment(&process_environment)?;
        let mut client = connect_postgres(&server, &SessionOptions::default())?;
        let now = now();
        drop_forgotten(&mut client, now);
        let name = new_name(now);
        client
            .batch_execute(&format!(
                "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'",
                quote::ident(&name)
            ))
            .map_err(|e| {
                error("a throwaway database could not be created", &e).hint(
                    "the user of --scratch-url needs the right to create databases (ALTER ROLE … CREATEDB)",
                )
            })?;
        let url = server.with_database(&name).secret_url();
        Ok(ServerDatabase { server, name, url })
    }

    /// Another one with the same content. Nobody may be connected to this one.
    ///
    /// # Errors
    /// The server's: it waits five seconds for connections to end.
    pub fn copy(&self) -> Result<ServerDatabase> {
        let mut client = connect_postgres(&self.server, &SessionOptions::default())?;
        let name = new_name(now());
        let sql = format!("CREATE DATABASE {} TEMPLATE {}", quote::ident(&name), quote::ident(&self.name));
        client.batch_execute(&sql).map_err(|e| error("a throwaway database could not be copied", &e))?;
        let url = self.server.with_database(&name).secret_url();
        Ok(ServerDatabase { server: self.server.clone(), name, url })
    }

    /// Where it is: the server's URL with another database, password included.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for ServerDatabase {
    fn drop(&mut self) {
        // A server that is gone took the database along, or keeps it until `drop_forgotten`.
        if let Ok(mut client) = connect_postgres(&self.server, &SessionOptions::default()) {
            let _ = client
                .batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote::ident(&self.name)));
        }
    }
}

/// The roles of a server, which belong to no database.
pub(crate) fn roles(server: &str) -> Result<Vec<String>> {
    let rows = connect(server)?
        .query("SELECT rolname::text FROM pg_roles ORDER BY oid", &[])
        .map_err(|e| error("the roles of the server could not be read", &e))?;
    Ok(rows.iter().filter_map(|row| row.try_get(0).ok()).collect())
}

/// Drops all roles but these. One that still owns something in a database stays.
pub(crate) fn drop_roles_but(server: &str, kept: &[String]) -> Result<()> {
    let mut client = connect(server)?;
    for role in roles(server)?.iter().filter(|role| !kept.contains(role)) {
        if let Err(e) = client.batch_execute(&format!("DROP ROLE {}", quote::ident(role))) {
            tracing::debug!("the role {role} stays: {e}");
        }
    }
    Ok(())
}

/// What to do where a migration makes a role that a given server has already: another throwaway database had it made.
pub(crate) fn role_hint(e: &Error) -> Option<&'static str> {
    (e.server_code() == Some("42710") && e.message().starts_with("role ")).then_some(
        "roles belong to the whole server: do without --scratch-url, on a server that switchback starts itself, or create the role outside of migrations and name it in `[scratch] roles`",
    )
}

/// The same error, with that hint where it belongs.
pub(crate) fn about_roles(e: Error) -> Error {
    match role_hint(&e) {
        Some(hint) => e.hint(hint),
        None => e,
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs())
}

/// Hash seeds of the standard library are random, and different each time.
fn new_name(now: u64) -> String {
    format!("{PREFIX}{now}_{:016x}", RandomState::new().build_hasher().finish())
}

/// Without force: one that is in use is not forgotten.
fn drop_forgotten(client: &mut Client, now: u64) {
    // Those in use are left out here, for DROP DATABASE would wait five seconds for each of them.
    let sql = "SELECT datname::text FROM pg_database d WHERE left(datname, length($1)) = $1 \
               AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)";
    for row in client.query(sql, &[&PREFIX]).unwrap_or_default() {
        if let Ok(name) = row.try_get::<_, String>(0)
            && created(&name).is_some_and(|at| at + FORGOTTEN < now)
        {
            let _ = client.batch_execute(&format!("DROP DATABASE IF EXISTS {}", quote::ident(&name)));
        }
    }
}

fn created(name: &str) -> Option<u64> {
    name.strip_prefix(PREFIX)?.split_once('_')?.0.parse().ok()
}

/// A session with what `url` names, as everywhere else in switchback.
pub(super) fn connect(url: &str) -> Result<Client> {
    let target = PgTarget::parse(url)?.with_environment(&process_environment)?;
    connect_postgres(&target, &SessionOptions::default())
}

/// The server's message and code.
pub(super) fn error(what: &str, e: &postgres::Error) -> Error {
    match e.as_db_error() {
        Some(db) => {
            Error::new(ErrorKind::Database, format!("{what}: {}", db.message())).code(db.code().code())
        }
        None => Error::new(ErrorKind::Connection, format!("{what}: {e}")),
    }
}

/// With the place in the setup's file, where the server says one.
pub(super) fn setup_error(setup: &Setup, e: &postgres::Error) -> Error {
    let position = e.as_db_error().and_then(|db| db.position()).and_then(|position| match position {
        postgres::error::ErrorPosition::Original(at) => Some(*at as usize),
        postgres::error::ErrorPosition::Internal { .. } => None,
    });
    let location = match position {
        // The server counts characters from 1.
        Some(at) => {
            let offset =
                setup.text.char_indices().nth(at.saturating_sub(1)).map_or(setup.text.len(), |(i, _)| i);
            Location::in_text(&setup.file, &setup.text, offset)
        }
        None => Location::file(&setup.file),
    };
    error("the setup of the throwaway database failed", e).at(location)
}
