//! What the scenarios share: fresh databases on both engines.
//!
//! `cargo xtask test` starts one PostgreSQL server and names it in `SWITCHBACK_TEST_PG_URL`; without that variable
//! each test process starts its own. A missing PostgreSQL fails, it never skips.
#![allow(clippy::unwrap_used, reason = "what cannot be made fails the test that asks for it")]

use switchback::scratch::{PgBinaries, PgCluster, PgOptions, Scratch, testing};
use switchback_plan::Dialect;

/// A fresh database, gone when it is dropped.
///
/// # Panics
/// It cannot be made, as with all that is here.
pub fn database(dialect: Dialect) -> Scratch {
    testing::database(dialect).unwrap()
}

/// A server that all tests of this process share: only add databases to it.
pub fn server_url() -> String {
    testing::server_url().unwrap()
}

/// A cluster for one test alone, which may stop, kill and restart it.
pub fn cluster(options: &PgOptions) -> PgCluster {
    testing::cluster(options).unwrap()
}

/// The binaries of the version that is being tested.
pub fn binaries() -> PgBinaries {
    testing::binaries().unwrap()
}

/// A fresh PostgreSQL database, gone when it is dropped.
pub fn pg() -> Scratch {
    database(Dialect::Postgres)
}

/// A fresh SQLite file, gone when it is dropped.
pub fn sqlite() -> Scratch {
    database(Dialect::Sqlite)
}

/// A fresh database of either engine.
pub fn fresh(dialect: Dialect) -> Scratch {
    database(dialect)
}

/// A set with each kind of step, which tests kill, drop locks under and run several times at once.
pub const STORM: switchback::EmbeddedSet = switchback::embed!("storm");

/// How `seal`, `prove` and `drift` make their throwaway databases here: on the server that all tests share.
pub fn scratch_options() -> switchback::scratch::Options {
    switchback::scratch::Options {
        scratch_url: Some(server_url()),
        ..switchback::scratch::Options::default()
    }
}

/// What `pg_dump` writes of that database, or nothing where the server under test comes without one (npm's does) and
/// another comparison has to do; `cargo xtask ci` asks for one beside the first server it tests on.
///
/// # Panics
/// It fails.
pub fn pg_dump(url: &str, args: &[String]) -> Option<String> {
    let program = binaries().program("pg_dump");
    if !program.is_file() {
        return None;
    }
    let output =
        std::process::Command::new(program).args(["--no-sync", "--dbname", url]).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    // A random word that keeps psql from reading what a table's rows say.
    Some(text.lines().filter(|line| !line.contains("restrict ")).map(|line| format!("{line}\n")).collect())
}
