//! `cargo xtask bench`: the package `bench/`, built for release.

use crate::sh::{self, Result};

/// Measure switchback against the raw drivers and refinery, and fail when a limit is missed (ten minutes).
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these: up, down, noop, memory, growth, rows, prove, convert, queries, safety, large; the other tables of
    /// docs/performance.md stay as they are then. `large` takes half an hour and 30 GB of disk, and runs only when it is
    /// named.
    pub names: Vec<String>,
    /// Small sizes, to see that everything runs; no limit is enforced and nothing is written.
    #[arg(long)]
    pub quick: bool,
}

/// The task.
///
/// # Errors
/// A limit is missed, or something cannot be measured.
pub fn run(args: &Args) -> Result {
    let mut bench = sh::cargo(["run", "--quiet", "--release", "--package", "switchback-bench", "--"]);
    bench.args(&args.names);
    if args.quick {
        bench.arg("--quick");
    }
    sh::run(&mut bench)
}
