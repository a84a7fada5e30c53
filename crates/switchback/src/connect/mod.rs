//! Everything between a URL and an open connection.
//!
//! Parsing is pure ([`DatabaseUrl`], [`PgTarget`], [`SqliteTarget`]); the environment comes in as a function; files
//! are read and sockets opened only by [`connect_postgres`] and [`open_sqlite`].
//!
//! What a user writes means what it means to `psql`: a value is taken from the URL or key/value string, else from the
//! service file, else from a `PG*` variable, else from libpq's default. An option of libpq that cannot be honoured
//! here is refused by name and never ignored, unless ignoring it changes nothing.

mod env;
mod failure;
mod keywords;
mod open_postgres;
mod open_sqlite;
mod passfile;
mod postgres_url;
mod redact;
mod settings;
mod sqlite_url;
mod tls;
mod url;

#[cfg(test)]
mod tests;

pub use env::process_environment;
pub use open_postgres::{Canceller, SessionOptions, connect_postgres};
pub use open_sqlite::{open_sqlite, wait_for_locks};
pub use postgres_url::PgTarget;
pub(crate) use redact::HIDDEN;
pub use redact::{redact, redact_places, remember};
pub use sqlite_url::{SqlitePlace, SqliteTarget};
pub use url::DatabaseUrl;
