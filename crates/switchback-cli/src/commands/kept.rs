//! `kept`: what migrations and restores keep aside.

use crate::answer::Answer;
use crate::app::App;
use crate::args;
use crate::commands::ask;
use crate::guard::Deed;
use crate::render::kept;
use std::path::PathBuf;
use std::time::Duration;
use switchback::plan::saved::Action;
use switchback::{Connected, KeptChange, Result};

/// Show what is kept aside, bring it back, or drop what is old
///
/// Kept aside are: values of dropped and filled columns (switchback_kept_…), archived tables (…_archive_…), rows and
/// spellings of keys that could not be converted, rejects of migrations in Rust, and on PostgreSQL the databases from
/// before a restore. A way down mostly works with what its migration kept: without it the migration is irreversible.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchback kept
  switchback kept list --database journal --format json
  switchback kept restore switchback_kept_5_users_name --database journal
  switchback kept purge --older-than 30d --database journal
  switchback kept purge --older-than 30d --even-needed --yes users_archive_20261121t201400z")]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show what is kept aside: of which migration, since when, how much, and which way down works with it
    List,
    /// Bring it back, in one transaction, every row counted
    Restore(RestoreArgs),
    /// Drop what is older
    Purge(PurgeArgs),
}

/// `kept restore`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Values go back into their columns where these are there and empty, rows and rejects into their tables, an archived table
under its own name where that is free. Whatever is not that plain is refused with the reason.

Examples:
  switchback kept restore switchback_kept_5_users_name --database journal
  switchback kept restore users_archive_20261121t201400z --even-needed --database journal")]
struct RestoreArgs {
    /// As `kept list` shows it
    #[arg(value_name = "NAME")]
    name: String,

    /// Also where a way down needs it, which is lost with it
    #[arg(long)]
    even_needed: bool,

    /// Behind this saved plan (`plan --for kept --out FILE -- restore NAME`), which a protected environment asks for
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// `kept purge`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchback kept purge --older-than 30d --database journal
  switchback kept purge --older-than 0 --even-needed switchback_kept_5_users_name --database journal")]
struct PurgeArgs {
    /// Only what is there for longer: 30d, 2w, 12h, or 0
    #[arg(long, value_name = "TIME", value_parser = age)]
    older_than: Age,

    /// Only these
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// Also what a way down works with: that migration is irreversible from then on
    #[arg(long)]
    even_needed: bool,

    /// Behind this saved plan (`plan --for kept --out FILE -- purge --older-than 30d`), which a protected environment asks for
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// An age, and how it was written.
#[derive(Debug, Clone)]
struct Age {
    text: String,
    age: Duration,
}

fn age(text: &str) -> std::result::Result<Age, String> {
    let days = |unit: char, days: u64| {
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(days * 24 * 3600).map(Duration::from_secs)
    };
    let age = days('d', 1).or_else(|| days('w', 7));
    match age.map_or_else(|| args::duration(text), Ok) {
        Ok(age) if age <= args::LONGEST => Ok(Age { text: text.to_owned(), age }),
        _ => Err(format!("{text:?} is no age: write 30d, 2w, 12h, or 0")),
    }
}

impl Args {
    /// What a saved plan is made for.
    pub fn words(&self) -> Vec<String> {
        let (own, even_needed): (Vec<&str>, bool) = match &self.what {
            None | Some(What::List) => (vec!["list"], false),
            Some(What::Restore(args)) => (vec!["restore", &args.name], args.even_needed),
            Some(What::Purge(args)) => {
                let names = args.names.iter().map(String::as_str);
                let own = ["purge", "--older-than", &args.older_than.text].into_iter().chain(names);
                (own.collect(), args.even_needed)
            }
        };
        own.into_iter().chain(even_needed.then_some("--even-needed")).map(str::to_owned).collect()
    }
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let deed = |plan| Deed { action: Action::Kept, arguments: args.words(), plan };
    match &args.what {
        None | Some(What::List) => app.read_all("databases", &mut |_, session, answer| {
            let report = session.connected.kept()?;
            app.text(&kept::list(app.paint, &report, &session.place));
            answer.add(&report);
            Ok(())
        }),
        Some(What::Restore(args)) => {
            change(app, &deed(args.plan.as_deref()), args.yes, "kept restore", &mut |connected| {
                connected.choose_kept(&args.name, args.even_needed)
            })
        }
        Some(What::Purge(args)) => {
            change(app, &deed(args.plan.as_deref()), args.yes, "kept purge", &mut |connected| {
                connected.choose_purge(args.older_than.age, &args.names, args.even_needed)
            })
        }
    }
}

fn change(
    app: &App<'_>,
    deed: &Deed<'_>,
    yes: bool,
    command: &str,
    choose: &mut dyn FnMut(&mut Connected) -> Result<KeptChange>,
) -> Result<Answer> {
    ask::before(
        app,
        command,
        deed,
        yes,
        |_, session| {
            let change = choose(&mut session.connected)?;
            let writes = change.writes();
            Ok((Some(change).filter(|change| !change.is_empty()), writes))
        },
        |connected, change| connected.change_kept(change).map(|()| None),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_may_be_days_and_weeks() {
        let hours = |text: &str| age(text).map(|a| a.age.as_secs() / 3600);
        assert_eq!(hours("30d"), Ok(720));
        assert_eq!(hours("2w"), Ok(336));
        assert_eq!(hours("12h"), Ok(12));
        assert_eq!(hours("0"), Ok(0));
        for wrong in ["", "d", "-1d", "1.5d", "30", "99999999999999999999d", "9999999w"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }
}
