//! Whether a database is fit to be migrated: what is looked at before anything is locked. Reads only.

mod postgres;
mod sqlite;
mod version;

use crate::db::Database;
use crate::options::Options;
use serde::{Serialize, Serializer};
use switchback_plan::{Dialect, Error, ErrorKind, Migration, Result};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Severity {
    /// All is well.
    #[default]
    Ok,
    /// Worth knowing; `up` goes on.
    Warn,
    /// `up` refuses.
    Fail,
}

impl Severity {
    /// `ok`, `warn` or `fail`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Ok => "ok",
            Severity::Warn => "warn",
            Severity::Fail => "fail",
        }
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, s: S) -> std::result::Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its stable name, such as `privileges`.
    pub kind: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// A sentence.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    fn new(kind: &'static str, severity: Severity, message: impl Into<String>) -> Finding {
        Finding { kind, severity, message: message.into(), hint: None }
    }

    fn ok(kind: &'static str, message: impl Into<String>) -> Finding {
        Finding::new(kind, Severity::Ok, message)
    }

    fn warn(kind: &'static str, message: impl Into<String>) -> Finding {
        Finding::new(kind, Severity::Warn, message)
    }

    fn fail(kind: &'static str, message: impl Into<String>) -> Finding {
        Finding::new(kind, Severity::Fail, message)
    }

    fn hint(self, hint: impl Into<String>) -> Finding {
        Finding { hint: Some(hint.into()), ..self }
    }
}

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// What `up` asks before it takes the lock: one question to the server.
    Quick,
    /// Everything.
    Whole,
}

/// Looks at a database that is to get the pending migrations.
pub(crate) fn look(
    db: &mut Database,
    pending: &[&Migration],
    options: &Options,
    depth: Depth,
) -> Result<Vec<Finding>> {
    match db {
        Database::Sqlite(db) => sqlite::look(db, options, depth),
        Database::Postgres(db) => postgres::look(db, pending, options, depth),
    }
}

/// The refusal of `up`, where anything fails.
pub(crate) fn refusal(dialect: Dialect, findings: &[Finding]) -> Option<Error> {
    let failed: Vec<&Finding> = findings.iter().filter(|f| f.severity == Severity::Fail).collect();
    let first = failed.first()?;
    let sentences: Vec<&str> = failed.iter().map(|f| f.message.as_str()).collect();
    let error = Error::new(ErrorKind::Check, sentences.join("; "));
    let hint = first.hint.clone().unwrap_or_else(|| "`check` says more".to_owned());
    let error = error.hint(format!("{hint}; nothing was changed"));
    // What the first statement that needs it would have been refused with.
    let right = failed.iter().any(|f| f.kind == "privileges" && f.severity == Severity::Fail);
    Some(if right && dialect == Dialect::Postgres { error.code("42501") } else { error })
}

/// The version in the range that the set asks for.
fn version(engine: &str, version: &str, range: Option<&str>) -> Finding {
    let Some(range) = range else { return Finding::ok("version", format!("{engine} {version}")) };
    match version::is_within(version, range) {
        Ok(true) => Finding::ok("version", format!("{engine} {version}, and {range} is asked for")),
        Ok(false) => {
            Finding::fail("version", format!("{engine} is version {version}, and these migrations ask for {range}"))
                .hint("migrate on a server in that range, or widen `requires` in switchback.toml once they are tested on this one")
        }
        Err(message) => Finding::fail("version", message).hint("write `requires` as \">=13, <19\""),
    }
}

/// Free space against what a copy of the database takes.
fn disk(free: u64, size: u64, place: &str) -> Finding {
    /// Below that, not even a journal can be written.
    const LEAST: u64 = 8 * 1024 * 1024;
    let message = format!("{} free in {place}, the database has {}", bytes(free), bytes(size));
    if free < LEAST {
        Finding::fail("disk", message).hint("make room: a transaction cannot be written any more")
    } else if free < size {
        Finding::warn("disk", message)
            .hint("a table that is made anew, or a backup beside it, may need as much again")
    } else {
        Finding::ok("disk", "there is room for a copy of the database")
    }
}

fn bytes(n: u64) -> String {
    match n {
        0..1024 => format!("{n} B"),
        1024..1_048_576 => format!("{} KiB", n / 1024),
        1_048_576..1_073_741_824 => format!("{} MiB", n / 1_048_576),
        _ => format!("{:.1} GiB", n as f64 / 1_073_741_824.0),
    }
}
