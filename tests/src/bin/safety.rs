//! A program that makes backups and goes back to them, to be killed by the tests:
//! `safety MIGRATIONS URL BACKUPS backup|restore|down|rollback`.

#![allow(clippy::print_stderr, reason = "the tests read what it says")]

use std::path::Path;
use std::process::ExitCode;
use switchback::backup::{self, Reason};
use switchback::event::Silent;
use switchback::restore::{self, How};
use switchback::rollback::{self, By};
use switchback::{Error, ErrorKind, Migrator, Result, Source, Watch};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [migrations, url, backups, what] = arguments.as_slice() else { return ExitCode::from(2) };
    match run(migrations, url, Path::new(backups), what) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}

fn run(migrations: &str, url: &str, dir: &Path, what: &str) -> Result<()> {
    let migrator = Migrator::new(Source::Directory(migrations.into()));
    let how = How { dir: dir.to_owned(), end_connections: true, ..How::default() };
    let watch = Watch::new(Silent);
    let back = |by| {
        let choice = rollback::choose(&migrator, url, dir, &by, None)?;
        rollback::carry_out(&migrator, url, &choice, &how, &watch).map(drop)
    };
    match what {
        "backup" => backup::make(&mut migrator.clone().connect(url)?, dir, Reason::Asked).map(drop),
        "restore" => {
            restore::restore(&migrator, url, &backup::newest(dir, "app")?.path, &how, &watch).map(drop)
        }
        "down" => back(By::Down),
        "rollback" => back(By::Backup(None)),
        _ => Err(Error::new(ErrorKind::Refused, format!("{what} is nothing to do"))),
    }
}
