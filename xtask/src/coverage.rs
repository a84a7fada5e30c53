//! `cargo xtask coverage`: how many lines of `crates/` the tests run.

use switchback::scratch::{PgCluster, PgOptions, testing};

use crate::sh::{self, Result};
use crate::{pg, tools};

/// Measure the line coverage of crates/, and fail below a limit.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The lowest percentage that passes.
    #[arg(long, default_value_t = 90)]
    pub fail_under: u8,
    /// Passed on to `cargo tarpaulin`, such as --out html.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub rest: Vec<String>,
}

/// The task.
///
/// # Errors
/// A test fails, or fewer lines are covered.
pub fn run(args: &Args) -> Result {
    let mut tarpaulin = tools::TARPAULIN.get()?;
    let binaries = pg::default_server()?;
    let options = PgOptions { durable: false, settings: vec![("max_connections".into(), "300".into())] };
    let cluster = PgCluster::start(&binaries, &options).map_err(|e| e.to_string())?;
    // Not its ptrace engine, which stops every thread of every process and does not survive tests that start servers.
    // This one needs no component either: tarpaulin reads the profiles itself.
    tarpaulin
        .args(["--workspace", "--engine", "llvm", "--follow-exec"])
        .args(["--include-files", "crates/*", "--out", "stdout", "--skip-clean"])
        .args(["--target-dir", "target/coverage", "--timeout", "600"])
        .args(["--fail-under", &args.fail_under.to_string()])
        .args(&args.rest)
        // The slow tests kill what they run, and killed programs write no profile.
        .args(["--", "--skip", "slow"])
        .env(testing::URL, cluster.url("postgres"))
        .env(testing::BIN, &binaries.dir);
    sh::run(&mut tarpaulin)
}
