//! `rollback`: the one command for a bad night.

use crate::answer::Answer;
use crate::app::App;
use crate::commands;
use crate::commands::back::{Back, option};
use crate::databases::Database;
use crate::guard::{self, Permit};
use crate::prompt;
use crate::render::safety;
use clap::ValueEnum;
use std::path::{Path, PathBuf};
use switchback::plan::saved::Action;
use switchback::plan::shell::word;
use switchback::rollback::{self, By, Choice, Way};
use switchback::{Error, ErrorKind, Result};

/// Go back to the state before the last run of `up`, by the safer way
///
/// Takes the way down where each one is sealed as proven (exact, column-order), for it keeps what was written since;
/// else the backup of the state before. Says which and why, names the tables in which rows were written since the run
/// ended, asks, does it, and compares the result with the state before. It also works where the live database is damaged
/// or half-migrated.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchback rollback --database journal
  switchback rollback --env production --database journal --yes --end-connections
  switchback rollback --database journal --to 4 --by backup")]
pub struct Args {
    /// Until this version is the newest that is applied [default: what it was before the last run of `up`]
    #[arg(long, value_name = "V")]
    to: Option<i64>,

    /// The way back, whatever seems safer
    #[arg(long, value_enum, value_name = "WAY")]
    by: Option<Wanted>,

    /// Back to this backup
    #[arg(long, value_name = "BACKUP", conflicts_with = "to")]
    backup: Option<PathBuf>,

    #[command(flatten)]
    back: Back,
}

impl Args {
    /// What a saved plan is made for.
    pub fn words(&self) -> Vec<String> {
        let mut own: Vec<String> = option("--to", self.to).collect();
        own.extend(option("--by", self.by.map(Wanted::as_str)));
        own.extend(option("--backup", self.backup.as_deref().map(Path::display)));
        self.back.words(own)
    }

    /// The backup whose content a saved plan holds.
    pub fn backup(self) -> Option<PathBuf> {
        self.backup
    }

    /// Refuses what could only be refused when it is carried out: two ways at once, or a backup that is not named, where
    /// the database is protected.
    pub fn may_be_planned(&self, app: &App<'_>, database: &Database) -> Result<()> {
        self.one_way()?;
        self.must_name(database)?;
        if !database.policy.protected || self.by.is_some() || self.backup.is_some() {
            return Ok(());
        }
        let (migrator, url) = app.migrator(database, &Permit::default())?;
        let dir = self.back.how(database, false).dir;
        let choice = rollback::choose(&migrator, &url, &dir, &By::Best, self.to)?;
        self.must_name_chosen(database, &choice)
    }

    fn one_way(&self) -> Result<()> {
        match (self.by, &self.backup) {
            (Some(Wanted::Down), Some(_)) => {
                Err(Error::new(ErrorKind::Refused, "--backup names a backup, and --by down takes none")
                    .hint("leave one of them out"))
            }
            _ => Ok(()),
        }
    }

    /// What is approved is one backup; which one fits may change meanwhile.
    fn must_name(&self, database: &Database) -> Result<()> {
        if !database.policy.protected || self.backup.is_some() || self.by != Some(Wanted::Backup) {
            return Ok(());
        }
        let what = "the database is protected, so the backup has to be named";
        Err(Error::new(ErrorKind::Plan, what)
            .hint("name one that `backup --list` shows, also in the plan: plan --for rollback --out FILE -- --backup BACKUP; nothing was changed"))
    }

    /// The same where nothing was said of the way, and it turns out to be a backup.
    fn must_name_chosen(&self, database: &Database, choice: &Choice) -> Result<()> {
        let Way::Backup { path, .. } = &choice.way else { return Ok(()) };
        if !database.policy.protected || self.backup.is_some() {
            return Ok(());
        }
        let shown = path.display();
        let what =
            format!("the database is protected, and {}: the backup {shown} has to be named", choice.why);
        let named = word(&shown.to_string());
        Err(Error::new(ErrorKind::Plan, what).hint(format!(
            "name it, also in the plan: plan --for rollback --out FILE -- --backup {named}; nothing was changed"
        )))
    }
}

/// The two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Wanted {
    // What each migration says, newest first.
    Down,
    // The database as it was.
    Backup,
}

impl Wanted {
    fn as_str(self) -> &'static str {
        match self {
            Wanted::Down => "down",
            Wanted::Backup => "backup",
        }
    }
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    args.one_way()?;
    let database = args.back.identity.of(app.one("a rollback is about one database")?);
    Ok(Answer::of("databases", &database.name, |answer| {
        guard::unless(app, &database, args.must_name(&database))?;
        let permit = guard::permit(app, &database, &args.back.deed(Action::Rollback, args.words()))?;
        let how = args.back.how(&database, false);
        let by = match (args.by, &args.backup) {
            (Some(Wanted::Down), _) => By::Down,
            (_, Some(path)) => By::Backup(Some(path.clone())),
            (Some(Wanted::Backup), None) => By::Backup(None),
            (None, None) => By::Best,
        };
        let (migrator, url) = app.migrator(&database, &permit)?;
        let choice = rollback::choose(&migrator, &url, &how.dir, &by, args.to)?;
        guard::unless(app, &database, args.must_name_chosen(&database, &choice))?;
        prompt::confirm(app, "rollback", &safety::choice(&choice, &app.start), args.back.yes)?;
        // Behind the question, for somebody may have thought about it for long.
        let held = args.backup.as_deref().map_or(Ok(()), |backup| permit.must_be_of_the_plan(backup));
        guard::unless(app, &database, held)?;
        let (done, hook_failed) = commands::hooked(app, &database, answer, "rollback", || {
            app.watched(&database.name, |watch| rollback::carry_out(&migrator, &url, &choice, &how, watch))
        })?;
        app.text(&safety::rolled_back(app.paint, &done, &app.start));
        answer.add(&done);
        hook_failed.map_or(Ok(()), Err)
    }))
}
