//! SQLite's errors as ours.

use crate::connect::redact;
use crate::db::Failed;
use rusqlite::ErrorCode;
use switchback_plan::{Dialect, Error, ErrorKind, lex};

pub(super) fn is_busy(e: &rusqlite::Error) -> bool {
    matches!(e.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// A failed statement of a script: `base` is where `text` begins in the file, `start` where the statement begins in `text`.
pub(super) fn failed(e: &rusqlite::Error, base: usize, text: &str, start: usize) -> Failed {
    let within = match e {
        rusqlite::Error::SqlInputError { sql, offset, .. } => {
            // The driver hands over the rest of the text from this statement on.
            let rest = text.len().saturating_sub(sql.len());
            usize::try_from(*offset).ok().map(|o| rest + o)
        }
        _ => None,
    };
    // Without an offset: the first token of the statement, behind the comments before it.
    let first =
        || lex::statements(Dialect::Sqlite, text, start..text.len()).first().map_or(start, |s| s.span.start);
    Failed { error: error(e), offset: Some(base + within.unwrap_or_else(first)) }
}

/// An error of a statement that has no file: the statement is named by its beginning.
pub(super) fn in_statement(e: &rusqlite::Error, sql: &str) -> Error {
    let plain = error(e);
    let short: String = sql.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect();
    match plain.kind() {
        ErrorKind::Interrupted | ErrorKind::Locked => plain,
        kind => {
            let mut located = Error::new(kind, redact(&format!("{} in: {short}", plain.message())));
            if let Some(code) = plain.server_code() {
                located = located.code(code);
            }
            if let Some(hint) = plain.what_next() {
                located = located.hint(hint);
            }
            located
        }
    }
}

/// SQLite's error as one of ours, with its code by name.
pub(crate) fn error(e: &rusqlite::Error) -> Error {
    let message = match e {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    let code = e.sqlite_error();
    let (kind, hint) = match code.map(|c| c.code) {
        Some(ErrorCode::OperationInterrupted) => {
            return crate::db::interrupted();
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            ErrorKind::Locked,
            Some("another program is writing to the database; end it, or wait longer with --lock-wait"),
        ),
        Some(ErrorCode::DiskFull) => (
            ErrorKind::Database,
            Some("make room on the disk, then run the same command again; nothing half-written was kept"),
        ),
        Some(ErrorCode::ReadOnly) => (
            ErrorKind::Connection,
            Some(
                "give this user the right to write to the file and to its directory (SQLite keeps its journal there)",
            ),
        ),
        Some(ErrorCode::CannotOpen) => (
            ErrorKind::Connection,
            Some("check the path and the rights on the directory (SQLite keeps its journal there)"),
        ),
        Some(ErrorCode::NotADatabase) => (
            ErrorKind::Connection,
            Some("the path names a file of another kind, or an encrypted database; check the URL"),
        ),
        Some(ErrorCode::DatabaseCorrupt) => (
            ErrorKind::Database,
            Some("restore a backup, or save what can be read with `sqlite3 FILE .recover`"),
        ),
        _ if ["within a transaction", "within transaction", "inside a transaction"]
            .iter()
            .any(|words| message.contains(words)) =>
        {
            (
                ErrorKind::Database,
                Some("give the statement a step of its own: `-- switchback: step NAME no-transaction`"),
            )
        }
        _ => (ErrorKind::Database, None),
    };
    let mut out = Error::new(kind, message);
    if let Some(code) = code {
        out = out.code(code_name(code.extended_code));
    }
    match hint {
        Some(hint) => out.hint(hint),
        None => out,
    }
}

/// The name of an extended result code, as the SQLite documentation writes it, for those that people look up.
fn code_name(code: i32) -> String {
    let name = match code {
        1 => "SQLITE_ERROR",
        5 => "SQLITE_BUSY",
        6 => "SQLITE_LOCKED",
        8 => "SQLITE_READONLY",
        9 => "SQLITE_INTERRUPT",
        11 => "SQLITE_CORRUPT",
        13 => "SQLITE_FULL",
        14 => "SQLITE_CANTOPEN",
        17 => "SQLITE_SCHEMA",
        18 => "SQLITE_TOOBIG",
        20 => "SQLITE_MISMATCH",
        26 => "SQLITE_NOTADB",
        275 => "SQLITE_CONSTRAINT_CHECK",
        531 => "SQLITE_CONSTRAINT_COMMITHOOK",
        787 => "SQLITE_CONSTRAINT_FOREIGNKEY",
        1299 => "SQLITE_CONSTRAINT_NOTNULL",
        1555 => "SQLITE_CONSTRAINT_PRIMARYKEY",
        1811 => "SQLITE_CONSTRAINT_TRIGGER",
        2067 => "SQLITE_CONSTRAINT_UNIQUE",
        3091 => "SQLITE_CONSTRAINT_DATATYPE",
        other => return format!("SQLite code {other}"),
    };
    name.to_owned()
}
