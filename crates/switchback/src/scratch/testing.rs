//! Databases for this workspace's own tests: fast, and never skipped.
//!
//! `cargo xtask test` starts one server and passes it in `SWITCHBACK_TEST_PG_URL`; without that variable every test
//! process starts a cluster of its own, with the binaries of `SWITCHBACK_TEST_PG_BIN` or the usual ones.
#![allow(clippy::unwrap_used, clippy::panic, reason = "only for tests")]

use std::path::Path;
use std::sync::OnceLock;

use switchback_plan::Dialect;

use super::{Options, PgBinaries, PgCluster, PgOptions, Scratch, binaries};

/// The variable with the URL of a running server.
pub const URL: &str = "SWITCHBACK_TEST_PG_URL";
/// The variable with the folder of the binaries to test with.
pub const BIN: &str = "SWITCHBACK_TEST_PG_BIN";

/// A fresh database, gone when it is dropped.
pub fn database(dialect: Dialect) -> Scratch {
    match dialect {
        Dialect::Sqlite => Scratch::open(dialect, &Options::default()),
        Dialect::Postgres => {
            Scratch::open(dialect, &Options { scratch_url: Some(server_url()), ..Options::default() })
        }
    }
    .unwrap_or_else(|e| panic!("{e}"))
}

/// A server that all tests of this process share: only add databases to it.
pub fn server_url() -> String {
    if let Ok(url) = std::env::var(URL) {
        return url;
    }
    // Statics are never dropped; the watcher removes the cluster when the process ends.
    static CLUSTER: OnceLock<PgCluster> = OnceLock::new();
    CLUSTER.get_or_init(|| cluster(&PgOptions::default())).url("postgres")
}

/// A cluster for one test alone, which may stop, kill and restart it.
pub fn cluster(options: &PgOptions) -> PgCluster {
    PgCluster::start(&binaries(), options).unwrap_or_else(|e| panic!("{e}"))
}

/// The binaries of the version that is being tested.
pub fn binaries() -> PgBinaries {
    match std::env::var_os(BIN) {
        Some(dir) => PgBinaries::in_dir(Path::new(&dir)),
        None => binaries::find(None),
    }
    .unwrap_or_else(|e| panic!("{e}"))
}
