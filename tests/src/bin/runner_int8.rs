//! The program with the cargo feature `int8-versions`.

use std::process::ExitCode;

fn main() -> ExitCode {
    switchback_cli::run(&[])
}
