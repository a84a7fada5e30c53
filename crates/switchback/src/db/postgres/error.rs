//! PostgreSQL's errors as ours.

use super::watcher::Interrupt;
use crate::connect::redact;
use crate::db::values;
use std::sync::atomic::Ordering;
use switchback_plan::{Error, ErrorKind};

/// The character (from 1) at which the server says the text is wrong.
pub(super) fn position(e: &postgres::Error) -> Option<usize> {
    match e.as_db_error()?.position()? {
        postgres::error::ErrorPosition::Original(p) => usize::try_from(*p).ok().filter(|p| *p > 0),
        postgres::error::ErrorPosition::Internal { .. } => None,
    }
}

/// A cancelled query is an interruption when it was we who asked for it.
pub(super) fn if_interrupted(e: Error, interrupt: &Interrupt) -> Error {
    if e.server_code() == Some("57014") && interrupt.wanted.load(Ordering::Relaxed) {
        interrupt.heard.store(true, Ordering::Relaxed);
        return crate::db::interrupted();
    }
    e
}

pub(super) fn in_statement(e: &postgres::Error, sql: &str, interrupt: &Interrupt) -> Error {
    let plain = if_interrupted(error(e), interrupt);
    let short: String = sql.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect();
    match plain.kind() {
        ErrorKind::Database => {
            let mut located =
                Error::new(ErrorKind::Database, redact(&format!("{} in: {short}", plain.message())));
            if let Some(code) = plain.server_code() {
                located = located.code(code);
            }
            if let Some(hint) = plain.what_next() {
                located = located.hint(hint);
            }
            located
        }
        _ => plain,
    }
}

/// The server's error as one of ours, with its SQLSTATE.
pub(crate) fn error(e: &postgres::Error) -> Error {
    let Some(db) = e.as_db_error() else {
        if e.is_closed() || std::error::Error::source(e).is_some_and(|s| s.is::<std::io::Error>()) {
            return Error::new(ErrorKind::Connection, "the connection to the server was lost").hint(
                "when the server is back, run the same command again: it goes on, or names what is half-done",
            );
        }
        let source = std::error::Error::source(e).map(|s| format!(": {s}")).unwrap_or_default();
        return Error::new(ErrorKind::Database, format!("{e}{source}"));
    };
    let mut message = values::of_server(db.code().code(), db.message(), db.detail());
    // The server writes details as sentences.
    message.truncate(message.trim_end_matches('.').len());
    let code = db.code().code();
    let kind = match code {
        "57P01" | "57P02" | "57P03" => ErrorKind::Connection,
        _ => ErrorKind::Database,
    };
    let out = Error::new(kind, message).code(code);
    let hint = db.hint().map(str::to_owned).or_else(|| {
        Some(match code {
            "55P03" => "something else holds the lock; it is tried again a few times, then run the same command at a quieter hour or raise --lock-timeout".to_owned(),
            "57P01" | "57P02" | "57P03" => "when the server is back, run the same command again: it goes on, or names what is half-done".to_owned(),
            "25001" => "give the statement a step of its own: `-- switchback: step NAME no-transaction`".to_owned(),
            "42501" => "grant the right to this user, or connect as the owner".to_owned(),
            "25006" => "this server or session may only read (a standby, or default_transaction_read_only): connect to the primary, as a user who may write".to_owned(),
            "XX001" | "XX002" => "the server's files are damaged: stop writing to it and restore a backup".to_owned(),
            "53100" => "make room on the server's disk, then run the same command again".to_owned(),
            _ => return None,
        })
    });
    match hint {
        Some(hint) => out.hint(hint),
        None => out,
    }
}
