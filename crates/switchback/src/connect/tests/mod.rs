//! The promises of the whole way from a URL to a connection.

mod environment;
mod fake;
mod postgres;
mod server;
mod sqlite;
mod tls;
mod urls;

use switchback_plan::Error;

use super::{DatabaseUrl, PgTarget};

fn postgres_target(text: &str) -> PgTarget {
    match DatabaseUrl::parse(text) {
        Ok(DatabaseUrl::Postgres(target)) => target,
        other => panic!("{text} is not PostgreSQL: {other:?}"),
    }
}

/// An error with its kind, as a snapshot shows it.
fn show(error: &Error) -> String {
    format!("{}: {error}", error.kind().as_str())
}
