//! How a run behaves.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use time::OffsetDateTime;

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
