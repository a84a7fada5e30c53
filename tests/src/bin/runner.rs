//! The program as a project's own xtask would have it, for tests that need a process of their own.

use std::process::ExitCode;

fn main() -> ExitCode {
    switchback_cli::run(&[])
}
