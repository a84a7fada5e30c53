//! How a run behaves.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use switchback_plan::Sensitive;
use switchback_plan::saved::SavedPlan;
use time::OffsetDateTime;

/// The versions of each engine that a set is made for, as ranges: `>=13, <19`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requires {
    /// Of the server.
    pub postgres: Option<String>,
    /// Of the library.
    pub sqlite: Option<String>,
}

/// How a run behaves. Plain data; `Default` is what a person wants.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long to wait for another runner's lock.
    pub lock_wait: Duration,
    /// PostgreSQL: how long a statement may wait for a lock before it is rolled back and tried again.
    pub lock_timeout: Duration,
    /// PostgreSQL: how often that is tried again.
    pub lock_retries: u32,
    /// All pending plain migrations in one transaction. Where that is the whole run, its start is recorded in it too: of
    /// a run that was killed nothing remains, not even its row.
    pub single_transaction: bool,
    /// PostgreSQL: the schema of the history and of our tables; the connection's current schema by default.
    pub schema: Option<String>,
    /// `--set name=value`: options of Rust migrations.
    pub set: Vec<(String, String)>,
    /// Go on although the schema is not what the last migration left; recorded in the journal.
    pub allow_drift: bool,
    /// The plan that is to be carried out: held against the database under the lock, and named in the journal.
    pub saved: Option<Arc<SavedPlan>>,
    /// SQLite: where the database will be, when another one stands in for it because it is not there yet.
    pub file: Option<PathBuf>,
    /// An undeclared loss aborts. A proof looks for losses by content instead, and lets them happen.
    pub watch_losses: bool,
    /// Time the benchmarks of migrations. A proof does not.
    pub benchmarks: bool,
    /// Count the rows of tables that `up` touches, where that is quick, for the report.
    pub count_rows: bool,
    /// The versions of the engine that the set is made for.
    pub requires: Requires,
    /// Look whether the database is fit before `up` takes the lock.
    pub preflight: bool,
    /// How long an `up` may take; then it is stopped as by an interrupt, and fails.
    pub max_duration: Option<Duration>,
    /// PostgreSQL: backups by our own export, also where there is a `pg_dump` that fits.
    pub without_pg_dump: bool,
    /// For whom backups are encrypted: `age1…`, `ssh-ed25519 …`; not at all where nobody is named.
    pub recipients: Vec<String>,
    /// A file with further ones, one a line.
    pub recipients_file: Option<PathBuf>,
    /// Files with private keys that open encrypted backups.
    pub identities: Vec<PathBuf>,
    /// Columns whose values are in no plan, report or error.
    pub sensitive: Sensitive,
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
    /// Put before the paths of an embedded set in messages, such as `migrations/journal`.
    pub root: Option<String>,
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
            allow_drift: false,
            saved: None,
            file: None,
            max_duration: None,
            without_pg_dump: false,
            watch_losses: true,
            benchmarks: true,
            count_rows: false,
            requires: Requires::default(),
            preflight: true,
            recipients: Vec::new(),
            recipients_file: None,
            identities: Vec::new(),
            sensitive: Sensitive::default(),
            clock: None,
            seed: None,
            interrupt: Arc::new(AtomicBool::new(false)),
            tool: concat!("switchback ", env!("CARGO_PKG_VERSION")).to_owned(),
            runner: "cargo xtask migrate".to_owned(),
            database: None,
            root: None,
        }
    }
}
