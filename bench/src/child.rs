//! Measurements in a process of their own: nothing is warm, and the peak of memory is that of the work alone.

use crate::measure::time;
use crate::raw::Raw;
use crate::{Result, sets};
use std::process::{Command, ExitCode};
use std::time::Instant;
use switchback::{Direction, Migrator, Options, Source, Target};

/// What a child says.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    pub seconds: f64,
    /// The peak of its memory, where the system tells.
    pub mebibytes: f64,
}

/// Runs one measurement in a new process.
pub fn ask<const N: usize>(words: [&str; N]) -> Result<Answer> {
    let output = Command::new(std::env::current_exe()?).arg("child").args(words).output()?;
    answer(&String::from_utf8_lossy(&output.stdout)).filter(|_| output.status.success()).ok_or_else(|| {
        format!("{}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr).trim()).into()
    })
}

/// Runs the command line of switchback in a new process.
pub fn ask_cli<const N: usize>(words: [&str; N]) -> Result<Answer> {
    let output = Command::new(std::env::current_exe()?).arg("cli").args(words).output()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    answer(text.lines().last().unwrap_or_default())
        .filter(|_| output.status.success())
        .ok_or_else(|| format!("switchback {}: {text}", words.join(" ")).into())
}

fn answer(text: &str) -> Option<Answer> {
    let (seconds, mebibytes) = text.trim().split_once(' ')?;
    Some(Answer { seconds: seconds.parse().ok()?, mebibytes: mebibytes.parse().ok()? })
}

/// What [`ask_cli`] runs. Results of the command line are on stdout, so ours is the last line of stderr.
pub fn cli(words: Vec<std::ffi::OsString>) -> ExitCode {
    let start = Instant::now();
    let code = switchback_cli::run_from("switchback", words, &[]);
    eprintln!("{} {}", start.elapsed().as_secs_f64(), peak());
    code
}

/// What [`ask`] runs.
pub fn run(words: &[String]) -> Result {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let seconds = match words[..] {
        ["connect", url] => time(|| Raw::connect(url)?.touch())?,
        ["refinery", url, dir] => time(|| refinery(url, dir))?,
        [what, "embedded", url, count] => {
            let set = sets::embedded(&sets::small(count.parse()?));
            time(|| ours(what, set.into(), url))?
        }
        [what, "rows", url, count] => {
            let set = sets::embedded(&sets::rows(count.parse()?));
            time(|| ours(what, set.into(), url))?
        }
        [what, "files", url, dir] => time(|| ours(what, std::path::PathBuf::from(dir).into(), url))?,
        ["words", url] => time(|| ours("up", switchback_migrations::JOURNAL.into(), url))?,
        _ => return Err(format!("no such measurement: {}", words.join(" ")).into()),
    };
    println!("{seconds} {}", peak());
    Ok(())
}

fn ours(what: &str, source: Source, url: &str) -> Result {
    let options = Options { single_transaction: what == "single", ..Options::default() };
    let migrator = Migrator::new(source).options(options);
    match what {
        "up" | "single" => {
            migrator.connect(url)?.up(Target::Latest)?;
        }
        "down" => {
            migrator.connect(url)?.down(Target::Version(0))?;
        }
        "status" => {
            migrator.connect_read_only(url)?.status()?;
        }
        "plan" => {
            migrator.connect_read_only(url)?.plan(Direction::Up, Target::Latest)?;
        }
        _ => return Err(format!("no such command: {what}").into()),
    }
    Ok(())
}

/// Refinery's own loader, runner and driver.
pub fn refinery(url: &str, dir: &str) -> Result {
    let migrations = refinery_core::load_sql_migrations(dir)?;
    // Grouped, so that preparing a database is quick; it makes no difference to a run with nothing to do.
    let runner = refinery_core::Runner::new(&migrations).set_grouped(true);
    match Raw::connect(url)? {
        Raw::Sqlite(mut connection) => runner.run(&mut connection)?,
        Raw::Postgres(mut client) => runner.run(&mut *client)?,
    };
    Ok(())
}

/// The peak of this process's memory in MiB; NaN where the system does not tell.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.map_or(f64::NAN, |k| k / 1024.0)
}
