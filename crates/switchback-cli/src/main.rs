//! The `switchback` command: every set is read from its directory. A program with its own registry of embedded sets
//! (an xtask) calls [`switchback_cli::run`] the same way.

use std::process::ExitCode;

fn main() -> ExitCode {
    switchback_cli::run(&[])
}
