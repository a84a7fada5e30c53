//! `restore`: back to a backup.

use crate::answer::Answer;
use crate::app::App;
use crate::commands;
use crate::commands::back::Back;
use crate::databases::Database;
use crate::guard;
use crate::prompt;
use crate::render::safety;
use std::path::PathBuf;
use switchback::backup;
use switchback::plan::saved::Action;
use switchback::restore;
use switchback::{Error, ErrorKind, Result};

/// Go back to a backup
///
/// The backup is held against its manifest first, and the present state is kept, before anything is changed. SQLite is
/// written in one transaction, into the file that others may have open, only the pages that differ where that can be.
/// PostgreSQL gets a new database beside the live one, filled and compared row by row with what the manifest says; then
/// the two change names in one transaction, and the old one stays as NAME_before_restore_MOMENT until you drop it.
///
/// At every moment the database is the old or the new one, whole. Who is connected is named, and ended only with
/// --end-connections.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchback restore --database journal
  switchback restore --database journal backups/journal/2026-11-22T05-30-00Z_V5 --yes
  switchback restore --env production --database journal --end-connections")]
pub struct Args {
    /// The folder of the backup [default: the newest that was not made before a restore]
    #[arg(value_name = "BACKUP")]
    backup: Option<PathBuf>,

    /// Take a backup of another database too
    #[arg(long)]
    any_database: bool,

    #[command(flatten)]
    back: Back,
}

impl Args {
    /// What a saved plan is made for.
    pub fn words(&self) -> Vec<String> {
        let mut own: Vec<String> = self.backup.iter().map(|b| b.display().to_string()).collect();
        own.extend(self.any_database.then(|| "--any-database".to_owned()));
        self.back.words(own)
    }

    /// The backup whose content a saved plan holds.
    pub fn backup(self) -> Option<PathBuf> {
        self.backup
    }

    /// What is approved is one backup; which one is the newest may change meanwhile.
    pub fn must_name(&self, database: &Database) -> Result<()> {
        if !database.policy.protected || self.backup.is_some() {
            return Ok(());
        }
        let what = "the database is protected, so the backup has to be named";
        Err(Error::new(ErrorKind::Plan, what)
            .hint("name one that `backup --list` shows, also in the plan: plan --for restore --out FILE -- BACKUP; nothing was changed"))
    }
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let database = args.back.identity.of(app.one("a restore is about one database")?);
    Ok(Answer::of("databases", &database.name, |answer| {
        guard::unless(app, &database, args.must_name(&database))?;
        let permit = guard::permit(app, &database, &args.back.deed(Action::Restore, args.words()))?;
        let how = args.back.how(&database, args.any_database);
        let from = match &args.backup {
            Some(backup) => backup.clone(),
            None => backup::newest(&how.dir, &database.name)?.path,
        };
        let manifest = backup::Manifest::read(&from)?;
        prompt::confirm(
            app,
            "restore",
            &safety::restore_intent(&manifest, &from, &app.start),
            args.back.yes,
        )?;
        // Behind the question, for somebody may have thought about it for long.
        guard::unless(app, &database, permit.must_be_of_the_plan(&from))?;
        let (migrator, url) = app.migrator(&database, &permit)?;
        let (restored, hook_failed) = commands::hooked(app, &database, answer, "restore", || {
            app.watched(&database.name, |watch| restore::restore(&migrator, &url, &from, &how, watch))
        })?;
        app.text(&safety::restored(app.paint, &restored, &app.start));
        answer.add(&restored);
        hook_failed.map_or(Ok(()), Err)
    }))
}
