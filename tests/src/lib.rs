//! What the scenarios share: fresh databases on both engines.
//!
//! `cargo xtask test` starts one PostgreSQL server and names it in `SWITCHBACK_TEST_PG_URL`; without that variable
//! each test process starts its own. A missing PostgreSQL fails, it never skips.

use switchback::scratch::Scratch;
pub use switchback::scratch::testing::{binaries, cluster, database, server_url};
use switchback_plan::Dialect;

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
