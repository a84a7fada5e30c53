//! The programs that the documentation calls, for the test that runs it: `switchback`, and this repository's
//! `cargo xtask migrate` where it is called `cargo`, and what a page needs of SQLite's own shell: `sqlite3 FILE SQL`.

#![allow(clippy::print_stderr, reason = "a program of the tests")]

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let called = arguments.next().unwrap_or_default();
    let called = Path::new(&called).file_stem().unwrap_or_default().to_owned();
    if called != "cargo" && called != "sqlite3" {
        return switchback_cli::run(&[]);
    }
    let rest: Vec<OsString> = arguments.collect();
    if called == "sqlite3" {
        return sqlite3(&rest);
    }
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

/// Runs SQL on a file.
fn sqlite3(arguments: &[OsString]) -> ExitCode {
    let [file, sql] = arguments else {
        eprintln!("only `sqlite3 FILE SQL` is run here, not {arguments:?}");
        return ExitCode::from(101);
    };
    let done = rusqlite::Connection::open(Path::new(file))
        .and_then(|connection| connection.execute_batch(&sql.to_string_lossy()));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}
