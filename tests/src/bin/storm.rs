//! A program with a set compiled in, to be killed by the tests: `storm URL up|down`.

#![allow(clippy::print_stderr, reason = "the tests read what it says")]

use std::process::ExitCode;
use switchback::{Migrator, Options, Target};
use switchback_tests::STORM;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, direction] = arguments.as_slice() else { return ExitCode::from(2) };
    let migrated = Migrator::new(STORM).options(Options::default()).connect(url).and_then(|mut c| {
        match direction.as_str() {
            "up" => c.up(Target::Latest),
            _ => c.down(Target::Version(0)),
        }
    });
    match migrated {
        Ok(_) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}
