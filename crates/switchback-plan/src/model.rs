//! What a migration is: plain data, the same for files, embedded sets and both engines.

use crate::error::{Error, ErrorKind, Result};
use crate::operation::Declared;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// The two databases. A closed set: no wildcard arm matches on it anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Dialect {
    /// Both of them.
    pub const ALL: [Dialect; 2] = [Dialect::Sqlite, Dialect::Postgres];

    /// The name in file names (`up.sqlite.sql`), JSON and configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
        }
    }
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Towards newer versions.
    Up,
    /// Back.
    Down,
}

impl Direction {
    /// `up` or `down`.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Up => "up",
            Direction::Down => "down",
        }
    }

    /// The other one.
    #[must_use]
    pub fn opposite(self) -> Direction {
        match self {
            Direction::Up => Direction::Down,
            Direction::Down => Direction::Up,
        }
    }
}

/// A directory of migrations as one dialect sees it, in the order of versions.
#[derive(Debug, Clone)]
pub struct MigrationSet {
    /// The name of the database (of its folder, where nothing else names it).
    pub name: String,
    /// Whose files were chosen.
    pub dialect: Dialect,
    /// Sorted by version; no version occurs twice.
    pub migrations: Vec<Migration>,
    /// The text of `switchback.lock`, where there is one: read only when there is something to do.
    pub lock: Option<Arc<str>>,
}

impl MigrationSet {
    /// The migration of that version.
    pub fn get(&self, version: i64) -> Option<&Migration> {
        self.migrations.binary_search_by_key(&version, |m| m.version).ok().map(|i| &self.migrations[i])
    }
}

/// Refinery's two kinds of name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// `V…`: applied in order; one that appears below the newest applied version is refused.
    Versioned,
    /// `U…`: applied whenever it appears, also below the newest applied version (flat layout only).
    Unversioned,
}

impl Prefix {
    /// `V` or `U`.
    pub fn as_str(self) -> &'static str {
        match self {
            Prefix::Versioned => "V",
            Prefix::Unversioned => "U",
        }
    }
}

/// How a migration lies on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Our layout: a folder per migration.
    Folder,
    /// Refinery's: `V1__name.sql`, with an optional `V1__name.down.sql` of ours beside it.
    Flat,
}

/// One numbered change with its way back.
#[derive(Debug, Clone)]
pub struct Migration {
    /// From 1 (0 too, in the flat layout).
    pub version: i64,
    /// The part behind the two underscores.
    pub name: String,
    /// `V` or `U`.
    pub prefix: Prefix,
    /// How it lies on disk.
    pub layout: Layout,
    /// The folder (folder layout) or the up file (flat), relative to the set's directory, with `/` between parts.
    pub path: String,
    /// What `migration.toml` says.
    pub settings: Settings,
    /// False where its operations are still to be compiled for this dialect: then both sides are a comment. Only
    /// [`parse_unsealed`](crate::source::parse_unsealed) reads such a migration.
    pub sealed: bool,
    /// The way up.
    pub up: Body,
    /// The way back.
    pub down: WayDown,
    /// Queries that must return no rows after the up.
    pub checks: Option<Script>,
    /// Rows for the proof, inserted before the up.
    pub sample: Option<Script>,
}

impl Migration {
    /// `V3__split_full_name`: what people, refinery and the history call it.
    pub fn label(&self) -> String {
        format!("{}{}__{}", self.prefix.as_str(), self.version, self.name)
    }

    /// Refuses what cannot run yet.
    ///
    /// # Errors
    /// When its operations are still to be compiled for this dialect.
    pub fn must_be_sealed(&self) -> Result<()> {
        if self.sealed {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Unsupported,
            format!("{} is not sealed: it has operations, but no SQL that they were compiled to", self.label()),
        )
        .hint("run `seal`, and commit the files that it writes; what lies before it can be reached with `--to V`"))
    }

    /// True when the up is one transactional SQL step: it can share a transaction with its neighbours.
    pub fn is_plain(&self) -> bool {
        match &self.up {
            Body::Sql(script) => matches!(script.steps.as_slice(), [Step { mode: Mode::Transaction, .. }]),
            Body::Rust(_) => false,
        }
    }
}

/// The way back of a migration.
#[derive(Debug, Clone)]
pub enum WayDown {
    /// There is one.
    Body(Body),
    /// There is none, and the author says why (`irreversible = "…"`).
    Irreversible {
        /// The author's reason.
        reason: String,
    },
    /// A flat migration without a `.down.sql` beside it.
    Missing,
}

impl WayDown {
    /// The body, where there is one.
    pub fn body(&self) -> Option<&Body> {
        match self {
            WayDown::Body(body) => Some(body),
            WayDown::Irreversible { .. } | WayDown::Missing => None,
        }
    }
}

/// The content of one side of a migration.
#[derive(Debug, Clone)]
pub enum Body {
    /// SQL text, in steps.
    Sql(Script),
    /// A Rust function.
    Rust(RustBody),
}

impl Body {
    /// `sha256:…` over the side.
    pub fn sha256(&self) -> &str {
        match self {
            Body::Sql(script) => &script.sha256,
            Body::Rust(rust) => &rust.sha256,
        }
    }

    /// The file, relative to the set's directory.
    pub fn file(&self) -> &str {
        match self {
            Body::Sql(script) => &script.file,
            Body::Rust(rust) => &rust.file,
        }
    }
}

/// A file of Rust with `pub fn up` and, unless irreversible, `pub fn down`.
#[derive(Debug, Clone)]
pub struct RustBody {
    /// Relative to the set's directory.
    pub file: String,
    /// Over the tokens: no white space, comments or trailing commas.
    pub sha256: String,
    /// The text, as it is in the file.
    pub text: Arc<str>,
}

/// A file of SQL, parsed into steps.
#[derive(Debug, Clone)]
pub struct Script {
    /// Relative to the set's directory.
    pub file: String,
    /// The text, exactly as it is in the file.
    pub text: Arc<str>,
    /// `sha256:…` over the text with line endings normalised.
    pub sha256: String,
    /// At least one. A file without directives is one step named `main`.
    pub steps: Vec<Step>,
    /// SQLite: the file says `PRAGMA foreign_keys = OFF` (hoisted out of the transaction).
    pub foreign_keys_off: bool,
}

/// The unit of commit and of resumption.
#[derive(Debug, Clone)]
pub struct Step {
    /// Unique within the script; `main` where the file has no directives.
    pub name: String,
    /// How it is run.
    pub mode: Mode,
    /// Overrides the migration's and the session's `lock_timeout`.
    pub lock_timeout: Option<Duration>,
    /// Bytes of the script's text that belong to the step.
    pub span: Range<usize>,
    /// The statements, as the engine finds them in the text; a hoisted `PRAGMA foreign_keys` is among them where all of
    /// the text runs at once, in a transaction.
    pub statements: Vec<Statement>,
}

/// How a step is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// All in one transaction, together with its record.
    Transaction,
    /// Each statement by itself, outside any transaction.
    NoTransaction,
    /// A transaction for each range of keys.
    Batch(Batch),
}

impl Mode {
    /// The name in JSON: `transaction`, `no-transaction` or `batch`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Mode::Transaction => "transaction",
            Mode::NoTransaction => "no-transaction",
            Mode::Batch(_) => "batch",
        }
    }
}

/// Ranges of a key: `:from` and `:upto` are bound in each statement, both inclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The table that is walked, optionally with its schema (`audit.events`).
    pub table: String,
    /// A NOT NULL unique column of it.
    pub key: String,
    /// Rows a batch.
    pub size: u64,
}

/// One statement of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Bytes of the script's text, from the first token to the last, without the semicolon.
    pub span: Range<usize>,
    /// What it does in a few words: `create table git_repos`, `add column tasks.checked`, `update tasks`.
    pub what: String,
}

/// What `migration.toml` says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// For people.
    pub description: Option<String>,
    /// Why there is no way back.
    pub irreversible: Option<String>,
    /// `table.column` or `table`: what the way down may lose, declared.
    pub lossy: Vec<String>,
    /// Why the migration passes although not every table that it touches could be given rows for the proof.
    pub allow_unproven: Option<String>,
    /// How long a statement may wait for a lock (PostgreSQL); the session's default is 2 s.
    pub lock_timeout: Option<Duration>,
    /// Free options that a Rust migration reads (`ctx.option("on_reject")`), as text.
    pub options: Vec<(String, String)>,
    /// Queries whose results describe the data before the migration.
    pub analyze: Vec<Analyze>,
    /// Queries that the migration must not make slower.
    pub benchmarks: Vec<Benchmark>,
    /// What seal compiles into SQL.
    pub operations: Vec<Declared>,
}

/// A named query, timed before a migration and behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    /// For the report.
    pub name: String,
    /// What is timed before; one statement. What it writes is rolled back.
    pub before: String,
    /// What is timed behind the migration: tables change their names.
    pub after: String,
    /// How many runs the median is taken of, behind one that warms up.
    pub runs: u32,
    /// How many times as long it may take behind the migration; any where there is none.
    pub max_slowdown: Option<f64>,
}

impl Benchmark {
    /// Differences below this are noise: a query is never slower by less.
    pub const FLOOR: Duration = Duration::from_millis(1);

    /// Whether it takes longer than it may.
    pub fn is_too_slow(&self, before: Duration, after: Duration) -> bool {
        let slower = after.saturating_sub(before) >= Benchmark::FLOOR;
        self.max_slowdown.is_some_and(|most| slower && after.as_secs_f64() > before.as_secs_f64() * most)
    }
}

/// A named query, run before a migration to describe the data that it will meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analyze {
    /// For the heading.
    pub name: String,
    /// Read-only SQL.
    pub query: String,
}
