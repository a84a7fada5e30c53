//! The `switchback` program itself, for tests of what it prints and how it ends.

use std::process::ExitCode;

fn main() -> ExitCode {
    switchback_cli::run(&[])
}
