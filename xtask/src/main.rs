//! The tasks of this repository: `cargo xtask help`. A module for each; a new one is a module, a variant and an arm.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for people who work on this repository, not a library"
)]

mod bench;
mod ci;
mod coverage;
mod demo;
mod pg;
mod seed;
mod sh;
mod test;
mod tools;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The tasks of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// See it work: three databases with real data go up, down and up again (embedded SQLite, a few seconds).
    Demo,
    /// Fill one of the three databases with its reference data.
    Seed(seed::Args),
    /// Run every test on SQLite and on PostgreSQL, which is installed when it is missing.
    Test(test::Args),
    /// Run what continuous integration runs: format, lints, docs, dependencies, tests on two PostgreSQLs.
    Ci(ci::Args),
    /// Measure the line coverage of crates/, and fail below a limit.
    Coverage(coverage::Args),
    /// Measure switchback against the raw drivers and refinery, and fail when a limit is missed (ten minutes).
    Bench(bench::Args),
    /// Migrate the databases of switchback.toml: the `switchback` command, with this repository's migrations compiled in.
    #[command(disable_help_flag = true)]
    Migrate {
        /// What `switchback` takes; `cargo xtask migrate --help` lists it.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let done = match Xtask::parse().task {
        Task::Demo => demo::run(),
        Task::Seed(args) => seed::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Ci(args) => ci::run(&args),
        Task::Coverage(args) => coverage::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Migrate { arguments } => {
            return switchback_cli::run_from(
                "cargo xtask migrate",
                arguments,
                &switchback_migrations::registry(),
            );
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
