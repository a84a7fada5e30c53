//! The programs that the documentation calls, for the test that runs it: `switchback`, and this repository's
//! `cargo xtask migrate` where it is called `cargo`.

#![allow(clippy::print_stderr, reason = "a program of the tests")]

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let called = arguments.next().unwrap_or_default();
    if Path::new(&called).file_stem().is_none_or(|name| name != "cargo") {
        return switchback_cli::run(&[]);
    }
    let rest: Vec<OsString> = arguments.collect();
    match rest.as_slice() {
        [xtask, migrate, rest @ ..] if xtask == "xtask" && migrate == "migrate" => switchback_cli::run_from(
            "cargo xtask migrate",
            rest.iter().cloned(),
            &switchback_migrations::registry(),
        ),
        _ => {
            eprintln!("only `cargo xtask migrate` is run here, not {rest:?}");
            ExitCode::from(101)
        }
    }
}
