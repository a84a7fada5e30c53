//! One error type for the whole product: what failed, where, and what to do next.

use crate::schema::Difference;
use std::fmt;

/// The result of everything in switchback that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What sort of thing went wrong; stable names, for programs that read JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A migration file or folder is not what the format asks for.
    Source,
    /// The configuration (`switchback.toml`, a URL, an environment variable) is wrong.
    Config,
    /// The database could not be reached or opened.
    Connection,
    /// The history and the files disagree: a changed up, a vanished file, a lower version that appeared later.
    Diverged,
    /// Something half-done stands in the way, with a name and a command that resolves it.
    HalfDone,
    /// The database's schema is not what its last migration left.
    Drift,
    /// Something sealed is missing, stale, edited or unproven.
    Seal,
    /// The way down does not exist.
    Irreversible,
    /// A migration takes rows or values away and does not say so.
    Loss,
    /// A statement of a migration failed.
    Statement,
    /// A check returned rows, or could not run.
    Check,
    /// A benchmark takes longer behind a migration than it may.
    Slowdown,
    /// A way down is not proven, or proven not to lead back.
    Proof,
    /// Another runner holds the lock.
    Locked,
    /// Somebody else moved the database under us (a lost lock, a pooler); nothing of ours was committed.
    Moved,
    /// A run took longer than it may.
    Duration,
    /// The user interrupted.
    Interrupted,
    /// What was asked is not supported here; said before anything runs.
    Unsupported,
    /// The journal's chain is broken, or it is not the anchored one.
    Journal,
    /// A saved plan expired, was edited, or what it was made for has moved.
    Plan,
    /// A signature is missing, or not one that counts.
    Approval,
    /// Refused until the user says yes.
    Refused,
    /// A backup is damaged, is another database's, or could not be made or restored.
    Backup,
    /// Reading or writing a file failed.
    Io,
    /// Any other error of a database.
    Database,
}

impl ErrorKind {
    /// The name used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorKind::Source => "source",
            ErrorKind::Config => "config",
            ErrorKind::Connection => "connection",
            ErrorKind::Diverged => "diverged",
            ErrorKind::HalfDone => "half_done",
            ErrorKind::Drift => "drift",
            ErrorKind::Seal => "seal",
            ErrorKind::Irreversible => "irreversible",
            ErrorKind::Loss => "loss",
            ErrorKind::Statement => "statement",
            ErrorKind::Check => "check",
            ErrorKind::Slowdown => "slowdown",
            ErrorKind::Proof => "proof",
            ErrorKind::Locked => "locked",
            ErrorKind::Moved => "moved",
            ErrorKind::Duration => "duration",
            ErrorKind::Interrupted => "interrupted",
            ErrorKind::Unsupported => "unsupported",
            ErrorKind::Journal => "journal",
            ErrorKind::Plan => "plan",
            ErrorKind::Approval => "approval",
            ErrorKind::Refused => "refused",
            ErrorKind::Backup => "backup",
            ErrorKind::Io => "io",
            ErrorKind::Database => "database",
        }
    }
}

/// A place in a file. Lines and columns count from 1; a column counts characters, not bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Location {
    /// The file, as a person would name it (relative to where they stand when that is possible).
    pub file: String,
    /// The line, where one is known.
    pub line: Option<usize>,
    /// The column, where one is known.
    pub column: Option<usize>,
    /// The text of that line, so that a caret can be drawn under the column.
    pub source_line: Option<String>,
}

impl Location {
    /// A file as a whole.
    pub fn file(file: impl Into<String>) -> Location {
        Location { file: file.into(), ..Location::default() }
    }

    /// The place of byte `offset` in `text`, which is the content of `file`. An offset beyond the end means the end.
    pub fn in_text(file: impl Into<String>, text: &str, offset: usize) -> Location {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let start = text[..offset].rfind('\n').map_or(0, |i| i + 1);
        let end = text[offset..].find('\n').map_or(text.len(), |i| offset + i);
        Location {
            file: file.into(),
            line: Some(text[..start].matches('\n').count() + 1),
            column: Some(text[start..offset].chars().count() + 1),
            source_line: Some(text[start..end].trim_end_matches('\r').to_owned()),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        Ok(())
    }
}

/// What failed, where, what is already applied, and what to do next.
///
/// Never holds a secret: whoever builds one from a URL or a server's message redacts it first.
#[derive(Debug, Clone)]
pub struct Error(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    kind: ErrorKind,
    message: String,
    location: Option<Location>,
    code: Option<String>,
    applied: Option<String>,
    hint: Option<String>,
    differences: Vec<Difference>,
}

impl Error {
    /// An error with a message of one sentence, without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Parts {
            kind,
            message: message.into(),
            location: None,
            code: None,
            applied: None,
            hint: None,
            differences: Vec::new(),
        }))
    }

    /// The same error, at a place in a file.
    #[must_use]
    pub fn at(mut self, location: Location) -> Error {
        self.0.location = Some(location);
        self
    }

    /// The same error with what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same error with the server's own code (SQLSTATE, or SQLite's extended code by name).
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Error {
        self.0.code = Some(code.into());
        self
    }

    /// The same error with what is already applied.
    #[must_use]
    pub fn applied(mut self, applied: impl Into<String>) -> Error {
        self.0.applied = Some(applied.into());
        self
    }

    /// The same error with what differs, a thing each: what it was, and what it is.
    #[must_use]
    pub fn differing(mut self, differences: Vec<Difference>) -> Error {
        self.0.differences = differences;
        self
    }

    /// The same error, its file named from `dir`: what reads a directory knows only paths below it.
    #[must_use]
    pub fn under(mut self, dir: &str) -> Error {
        if let Some(location) = &mut self.0.location {
            location.file = match dir.trim_end_matches('/') {
                "" if dir.is_empty() => return self,
                dir => format!("{dir}/{}", location.file),
            };
        }
        self
    }

    /// The same error, with a note that it is not the only one.
    #[must_use]
    pub(crate) fn more(mut self, note: &str) -> Error {
        self.0.message = format!("{} ({note})", self.0.message);
        self
    }

    /// What sort of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// One sentence that says what failed.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where it failed, when that is a place in a file.
    pub fn location(&self) -> Option<&Location> {
        self.0.location.as_ref()
    }

    /// The server's own code.
    pub fn server_code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What differs, a thing each.
    pub fn differences(&self) -> &[Difference] {
        &self.0.differences
    }

    /// What is already applied, as a sentence.
    pub fn what_is_applied(&self) -> Option<&str> {
        self.0.applied.as_deref()
    }

    /// What to do next.
    pub fn what_next(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = &self.0.location {
            write!(f, "{location}: ")?;
        }
        f.write_str(&self.0.message)?;
        if let Some(code) = &self.0.code {
            write!(f, " ({code})")?;
        }
        if let Some(applied) = &self.0.applied {
            write!(f, "; {applied}")?;
        }
        if let Some(hint) = &self.0.hint {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
