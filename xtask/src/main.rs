//! The tasks of this repository: `cargo xtask help`. A module for each; a new one is a module, a variant and an arm.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for people who work on this repository, not a library"
)]

mod ci;
mod coverage;
mod pg;
mod sh;
mod test;
mod tools;

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
    /// Run every test on SQLite and on PostgreSQL, which is installed when it is missing.
    Test(test::Args),
    /// Run what continuous integration runs: format, lints, docs, dependencies, tests on two PostgreSQLs.
    Ci(ci::Args),
    /// Measure the line coverage of crates/, and fail below a limit.
    Coverage(coverage::Args),
}

fn main() -> ExitCode {
    let done = match Xtask::parse().task {
        Task::Test(args) => test::run(&args),
        Task::Ci(args) => ci::run(&args),
        Task::Coverage(args) => coverage::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
