//! The global options, and the shape of the command line.

use crate::commands;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

const GLOBAL: &str = "Global options";

/// Versioned schema and data migrations for SQLite and PostgreSQL, with a way down
///
/// A set of migrations is a directory; a database is a URL. Both are named in switchback.toml, which is looked for
/// from the current directory upwards, or given by --url and --migrations, and then no file is needed.
#[derive(Debug, Parser)]
#[command(
    version,
    propagate_version = false,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 110,
    after_help = AFTER_HELP
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options that every command takes.
    #[command(flatten)]
    pub global: Global,
}

const AFTER_HELP: &str = "\
Which database: --url; else the url or url_env of the database (and of its --env) in switchback.toml; else, for a \
single database, DATABASE_URL; else the variables of libpq (PGHOST, PGDATABASE, PGSERVICE, ...).

Results go to stdout, progress and logs to stderr.

Exit codes: 0 done, 1 failed or refused, 2 usage, 3 `status --exit-code` with migrations pending, 130 interrupted.";

/// Options that every command takes.
#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// Only this database of switchback.toml
    #[arg(long, global = true, value_name = "NAME", help_heading = GLOBAL, conflicts_with = "migrations")]
    pub database: Option<String>,

    /// The environment of switchback.toml: [database.NAME.env.ENV]
    #[arg(long, global = true, value_name = "ENV", help_heading = GLOBAL, conflicts_with_all = ["url", "migrations"])]
    pub env: Option<String>,

    /// The database: sqlite:path, sqlite::memory:, postgres://user@host/name
    #[arg(long, global = true, value_name = "URL", help_heading = GLOBAL)]
    pub url: Option<String>,

    /// The directory of migrations; switchback.toml is not read then
    #[arg(long, global = true, value_name = "DIR", help_heading = GLOBAL)]
    pub migrations: Option<PathBuf>,

    /// PostgreSQL: the schema of the history
    #[arg(long, global = true, value_name = "SCHEMA", help_heading = GLOBAL)]
    pub schema: Option<String>,

    /// How long to wait for another runner [default: 30s]
    #[arg(long, global = true, value_name = "TIME", help_heading = GLOBAL, value_parser = duration)]
    pub lock_wait: Option<Duration>,

    /// PostgreSQL: how long a statement may wait for a lock before it is tried again [default: 2s]
    #[arg(long, global = true, value_name = "TIME", help_heading = GLOBAL, value_parser = duration)]
    pub lock_timeout: Option<Duration>,

    /// An option for Rust migrations; may be repeated
    #[arg(long, global = true, value_name = "NAME=VALUE", help_heading = GLOBAL, value_parser = pair)]
    pub set: Vec<(String, String)>,

    /// How results are written to stdout
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT", help_heading = GLOBAL)]
    pub format: Format,

    /// How progress is written to stderr; auto: bars on a terminal, else plain lines
    #[arg(long, global = true, value_enum, default_value_t, value_name = "HOW", help_heading = GLOBAL)]
    pub progress: Progress,

    /// When to use colour; auto also looks at NO_COLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", help_heading = GLOBAL)]
    pub color: Color,

    /// More on stderr; -vv for still more
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = GLOBAL)]
    pub verbose: u8,

    /// Nothing on stderr but errors
    #[arg(short, long, global = true, help_heading = GLOBAL, conflicts_with = "verbose")]
    pub quiet: bool,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    // For people.
    #[default]
    Text,
    // One document, for programs.
    Json,
    // `export` alone: one object a line.
    #[value(hide = true)]
    Jsonl,
    // `export` alone: comma-separated values.
    #[value(hide = true)]
    Csv,
}

/// How progress is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Progress {
    // Bars on a terminal, else plain lines.
    #[default]
    Auto,
    // Lines, at most one a second.
    Plain,
    // One JSON object a line.
    Json,
    // None.
    None,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    // On a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    // Always.
    Always,
    // Never.
    Never,
}

/// One command, one file of `commands/`.
#[derive(Debug, Subcommand)]
#[allow(missing_docs)]
pub enum Command {
    Up(commands::up::Args),
    Down(commands::down::Args),
    Redo(commands::redo::Args),
    Status(commands::status::Args),
    Plan(commands::plan::Args),
    New(commands::new::Args),
    Prove(commands::prove::Args),
    Seal(commands::seal::Args),
    Check(commands::check::Args),
    Drift(commands::drift::Args),
    Log(commands::log::Args),
    Grants(commands::grants::Args),
    Backup(commands::backup::Args),
    Export(commands::export::Args),
    Restore(commands::restore::Args),
    Rollback(commands::rollback::Args),
    Rehearse(commands::rehearse::Args),
    Kept(commands::kept::Args),
    RunBook(commands::run_book::Args),
    Repair(commands::repair::Args),
    Baseline(commands::baseline::Args),
    Import(commands::import::Args),
    Scratch(commands::scratch::Args),
    Completions(commands::completions::Args),
    Man(commands::man::Args),
}

/// The longest duration, a thousand years: the moment that lies so far off is still one that a calendar has.
pub const LONGEST: Duration = Duration::from_secs(1000 * 366 * 24 * 3600);

/// A duration such as `30s`, `500ms`, `2m`, `1h` or `0`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no duration: write 30s, 500ms, 2m, 1h or 0");
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "" if number == 0 => 1,
        _ => return Err(wrong()),
    };
    number.checked_mul(millis).map(Duration::from_millis).filter(|d| *d <= LONGEST).ok_or_else(wrong)
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("{text:?} is no option: write NAME=VALUE")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_needs_a_unit_and_refuses_anything_else() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        for wrong in [
            "",
            "30",
            "s",
            "-1s",
            "1.5s",
            "30 s",
            "99999999999999999999s",
            "18446744073709551615h",
            "99999999h",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_option_is_split_at_the_first_equals_sign() {
        assert_eq!(pair("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(pair("a="), Ok(("a".to_owned(), String::new())));
        assert!(pair("a").is_err());
        assert!(pair("=a").is_err());
    }
}
