//! `scratch`: a throwaway database.

use crate::answer::{Answer, json};
use crate::app::App;
use crate::args::Format;
use crate::interrupt;
use crate::output;
use clap::ValueEnum;
use serde::Serialize;
use std::ffi::OsString;
use std::process::{Command, ExitStatus};
use std::time::Duration;
use switchback::scratch::{self, Scratch};
use switchback::{Dialect, Error, ErrorKind, Result};

/// Start a throwaway database; with a command: for as long as that runs
///
/// The command finds the database in DATABASE_URL (and PGHOST, PGPORT, PGUSER, PGDATABASE), and its exit code is that
/// of `scratch`. Without a command, the URL is printed and the database stays until Ctrl-C. It is gone afterwards on
/// every path. PostgreSQL is started from the server binaries of this machine, on a free port, without fsync. The
/// roles, extensions and setup of [scratch] in switchback.toml are created first.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchback scratch postgres -- cargo test
  switchback scratch postgres -- psql
  switchback scratch sqlite
  switchback scratch postgres --scratch-url postgres://ci@db1/postgres -- ./smoke-test")]
pub struct Args {
    /// Which engine
    #[arg(value_enum, value_name = "ENGINE")]
    engine: Engine,

    /// Make the database on this PostgreSQL server instead of starting one
    #[arg(long, value_name = "URL")]
    scratch_url: Option<String>,

    /// What to run with it
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// The engines, as options name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Engine {
    // SQLite.
    Sqlite,
    // PostgreSQL.
    Postgres,
}

impl Engine {
    /// The dialect of the library.
    pub fn dialect(self) -> Dialect {
        match self {
            Engine::Sqlite => Dialect::Sqlite,
            Engine::Postgres => Dialect::Postgres,
        }
    }
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    if args.engine == Engine::Sqlite && args.scratch_url.is_some() {
        return Err(Error::new(ErrorKind::Refused, "--scratch-url is a PostgreSQL server")
            .hint("`scratch postgres --scratch-url URL`; SQLite needs no server"));
    }
    let options = app.scratch_options(args.scratch_url.clone())?;
    // From here on no signal ends this process before the database is gone.
    app.interrupt.patiently(|| {
        let scratch = Scratch::open(args.engine.dialect(), &options)?;
        match args.command.split_first() {
            _ if app.interrupt.requested() => Ok(Answer::silent(interrupt::CODE)),
            Some((program, rest)) => {
                let stop = || app.interrupt.requested();
                let status = scratch::run(&scratch, Command::new(program).args(rest), &stop)?;
                let code = if app.interrupt.requested() { interrupt::CODE } else { code(status) };
                Ok(Answer::silent(code))
            }
            None => {
                wait(app, &scratch);
                Ok(Answer::silent(0))
            }
        }
    })
}

/// Prints the URL and waits for a signal.
fn wait(app: &App<'_>, scratch: &Scratch) {
    #[derive(Serialize)]
    struct Ready<'a> {
        url: &'a str,
        engine: &'static str,
    }
    let ready = Ready { url: scratch.url(), engine: scratch.dialect().as_str() };
    match app.global.format {
        Format::Text | Format::Jsonl | Format::Csv => app.out.result(&format!("{}\n", ready.url)),
        Format::Json => app.out.document(&format!("{}\n", json(&ready))),
    }
    if !app.global.quiet {
        output::stderr("the database is there until Ctrl-C\n");
    }
    while !app.interrupt.requested() {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A command's exit code; 128 and the number of the signal that ended it, as shells do.
fn code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}
