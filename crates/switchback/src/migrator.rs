//! The public library: a set of migrations, a connection, and what can be done with the two.

use crate::event::Observer;
use crate::report::{CheckReport, LogEntry, PlanReport, Report, Status};
use crate::set::Source;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use switchback_plan::{Dialect, Direction, Error, ErrorKind, Result, Target};
use time::OffsetDateTime;

/// How a run behaves. Plain data; `Default` is what a person wants.
#[derive(Clone)]
pub struct Options {
    /// How long to wait for another runner's lock.
    pub lock_wait: Duration,
    /// PostgreSQL: how long a statement may wait for a lock before it is rolled back and tried again.
    pub lock_timeout: Duration,
    /// PostgreSQL: how often that is tried again.
    pub lock_retries: u32,
    /// All pending plain migrations in one transaction.
    pub single_transaction: bool,
    /// PostgreSQL: the schema of the history and of our tables; the connection's current schema by default.
    pub schema: Option<String>,
    /// `--set name=value`: options of Rust migrations.
    pub set: Vec<(String, String)>,
    /// A fixed clock, for proofs.
    pub clock: Option<OffsetDateTime>,
    /// A fixed seed of the random source, for proofs.
    pub seed: Option<u64>,
    /// Set to true (by a signal handler) to roll the current batch or transaction back and stop.
    pub interrupt: Arc<AtomicBool>,
    /// What the journal calls the program: `switchback 0.1.0`.
    pub tool: String,
    /// The name of the program that can run this set's Rust migrations, for messages.
    pub runner: String,
    /// The name of the database in reports, where it is not the directory's.
    pub database: Option<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            lock_wait: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(2),
            lock_retries: 10,
            single_transaction: false,
            schema: None,
            set: Vec::new(),
            clock: None,
            seed: None,
            interrupt: Arc::new(AtomicBool::new(false)),
            tool: concat!("switchback ", env!("CARGO_PKG_VERSION")).to_owned(),
            runner: "cargo xtask migrate".to_owned(),
            database: None,
        }
    }
}

/// A set of migrations that has no database yet.
///
/// ```no_run
/// # const SET: switchback::EmbeddedSet = switchback::EmbeddedSet { name: "app", files: &[], rust: &[] };
/// use switchback::{Migrator, Target};
/// let url = std::env::var("DATABASE_URL")?;
/// Migrator::new(SET).connect(&url)?.up(Target::Latest)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Migrator {
    source: Source,
    options: Options,
}

/// What `repair` is to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// Take the file of this version as it is now for the one that was applied.
    Accept(i64),
    /// The interrupted `no-transaction` step did finish.
    StepDone,
    /// Run the interrupted `no-transaction` step again.
    RetryStep,
}

/// What a repair or a baseline is about to write: shown to a person first, then carried out.
#[derive(Debug, Clone)]
pub struct Intent {
    /// One line for each row that is written.
    pub writes: Vec<String>,
}

#[allow(unused_variables, clippy::needless_pass_by_ref_mut)]
impl Migrator {
    /// A set, embedded or a directory.
    pub fn new(source: impl Into<Source>) -> Migrator {
        Migrator { source: source.into(), options: Options::default() }
    }

    /// The same with other options.
    #[must_use]
    pub fn options(mut self, options: Options) -> Migrator {
        self.options = options;
        self
    }

    /// Reads and checks every file for that dialect, without a database.
    ///
    /// # Errors
    /// The first file that is not what the format asks for.
    pub fn read(&self, dialect: Dialect) -> Result<switchback_plan::MigrationSet> {
        stub()
    }

    /// Connects, and creates a SQLite file that is not there yet.
    ///
    /// # Errors
    /// A bad URL, a server that does not answer, or files that are not what the format asks for.
    pub fn connect(self, url: &str) -> Result<Connected> {
        let _ = (self.source, self.options);
        stub()
    }

    /// Connects for reading: creates nothing, writes nothing.
    ///
    /// # Errors
    /// As [`Migrator::connect`].
    pub fn connect_read_only(self, url: &str) -> Result<Connected> {
        let _ = (self.source, self.options);
        stub()
    }
}

/// A set of migrations and an open database.
pub struct Connected {
    _todo: (),
}

#[allow(unused_variables, clippy::needless_pass_by_ref_mut)]
impl Connected {
    /// The same, with somebody who sees the events of a run.
    #[must_use]
    pub fn observer(self, observer: impl Observer + 'static) -> Connected {
        self
    }

    /// Applies what is pending.
    ///
    /// # Errors
    /// What is refused, or the statement that failed; what was committed before stays, and the same call goes on.
    pub fn up(&mut self, target: Target) -> Result<Report> {
        stub()
    }

    /// Undoes what is applied, newest first.
    ///
    /// # Errors
    /// As [`Connected::up`]; an irreversible migration is refused before anything runs.
    pub fn down(&mut self, target: Target) -> Result<Report> {
        stub()
    }

    /// What is applied, what is pending, and what is wrong. Reads only.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn status(&mut self) -> Result<Status> {
        stub()
    }

    /// What would run, with its text. Reads only.
    ///
    /// # Errors
    /// What would be refused.
    pub fn plan(&mut self, direction: Direction, target: Target) -> Result<PlanReport> {
        stub()
    }

    /// Runs the checks of the applied migrations. Reads only.
    ///
    /// # Errors
    /// When the database cannot be read; a failed check is in the report.
    pub fn check(&mut self) -> Result<CheckReport> {
        stub()
    }

    /// The journal, oldest first; `limit` newest rows.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn log(&mut self, limit: Option<usize>) -> Result<Vec<LogEntry>> {
        stub()
    }

    /// What a repair would write.
    ///
    /// # Errors
    /// When there is nothing to repair.
    pub fn repair_intent(&mut self, repair: Repair) -> Result<Intent> {
        stub()
    }

    /// Carries a repair out.
    ///
    /// # Errors
    /// When there is nothing to repair, or it fails.
    pub fn repair(&mut self, repair: Repair) -> Result<Report> {
        stub()
    }

    /// What [`Connected::baseline`] would write.
    ///
    /// # Errors
    /// When a history exists already, or there is no such version.
    pub fn baseline_intent(&mut self, version: i64) -> Result<Intent> {
        stub()
    }

    /// Records every migration up to and including `version` as applied, without running it.
    ///
    /// # Errors
    /// When a history exists already, or there is no such version.
    pub fn baseline(&mut self, version: i64) -> Result<()> {
        stub()
    }
}

fn stub<T>() -> Result<T> {
    Err(Error::new(ErrorKind::Unsupported, "not built yet"))
}
