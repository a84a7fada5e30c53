//! Databases for this workspace's own tests: fast, and never skipped.
//!
//! `cargo xtask test` starts one server and passes it in `SWITCHBACK_TEST_PG_URL`; without that variable every test
//! process starts a cluster of its own, with the binaries of `SWITCHBACK_TEST_PG_BIN` or the usual ones.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use switchback_plan::{Dialect, Result};

use super::{Options, PgBinaries, PgCluster, PgOptions, Scratch, binaries};

/// The variable with the URL of a running server.
pub const URL: &str = "SWITCHBACK_TEST_PG_URL";
/// The variable with the folder of the binaries to test with.
pub const BIN: &str = "SWITCHBACK_TEST_PG_BIN";

/// A fresh database, gone when it is dropped.
///
/// # Errors
/// It cannot be made.
pub fn database(dialect: Dialect) -> Result<Scratch> {
    let options = match dialect {
        Dialect::Sqlite => Options::default(),
        Dialect::Postgres => Options { scratch_url: Some(server_url()?), ..Options::default() },
    };
    Scratch::open(dialect, &options)
}

/// A server that all tests of this process share: only add databases to it.
///
/// # Errors
/// None runs, and none can be started.
pub fn server_url() -> Result<String> {
    // Statics are never dropped; the watcher removes the cluster when the process ends.
    static SHARED: Mutex<Option<PgCluster>> = Mutex::new(None);
    if let Ok(url) = std::env::var(URL) {
        return Ok(url);
    }
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let running = match shared.take() {
        Some(running) => running,
        None => cluster(&PgOptions::default())?,
    };
    Ok(shared.insert(running).url("postgres"))
}

/// A cluster for one test alone, which may stop, kill and restart it.
///
/// # Errors
/// It cannot be started.
pub fn cluster(options: &PgOptions) -> Result<PgCluster> {
    PgCluster::start(&binaries()?, options)
}

/// The binaries of the version that is being tested.
///
/// # Errors
/// There are none.
pub fn binaries() -> Result<PgBinaries> {
    match std::env::var_os(BIN) {
        Some(dir) => PgBinaries::in_dir(Path::new(&dir)),
        None => binaries::find(None),
    }
}
