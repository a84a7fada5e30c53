//! `cargo xtask bench`: switchback against the raw drivers, and against refinery where there is nothing to do.
//!
//! Both sides of a pair run in one go, in turns, at full size and with the durability that the engines have by
//! default. The rival gets the SQL that lies in `bench/sql`, in the same transactions, and keeps no records at all.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for people who work on this repository, not a library"
)]

mod child;
mod engine;
mod measure;
mod page;
mod raw;
mod sets;
mod suites;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// A suite that fails says why.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Measure switchback against the raw drivers and refinery; exit 1 when a limit is missed.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench", args_conflicts_with_subcommands = true)]
struct Args {
    /// Only these: up, down, noop, memory, growth, rows, prove, convert, queries, safety, large (which runs only when named); the other tables of docs/performance.md stay as they are then
    names: Vec<String>,
    /// Small sizes, to see that everything runs; no limit is enforced and nothing is written
    #[arg(long)]
    quick: bool,
    #[command(subcommand)]
    child: Option<Child>,
}

#[derive(Subcommand)]
enum Child {
    /// One measurement in a process of its own
    #[command(hide = true)]
    Child {
        /// Which, and with what
        words: Vec<String>,
    },
    /// The command line of switchback
    #[command(hide = true)]
    Cli {
        /// As a user types it
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<std::ffi::OsString>,
    },
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match args.child {
        Some(Child::Child { words }) => child::run(&words).map(|()| true),
        Some(Child::Cli { words }) => return child::cli(words),
        None => suites::run(&args.names, args.quick),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("error: {e}");
            ExitCode::FAILURE
        }
    }
}
