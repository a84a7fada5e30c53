//! `backup`: a whole database in a folder of its own.

use crate::answer::Answer;
use crate::app::{App, Missing};
use crate::commands::identity::Identity;
use crate::databases::{Database, Keys};
use crate::render::safety;
use serde::Serialize;
use std::path::{Path, PathBuf};
use switchback::backup::{self, Listed, Manifest, Reason};
use switchback::{Error, ErrorKind, Result, Watch};

/// Make a backup, or look at those that there are
///
/// A backup is a folder, called after its moment and the newest migration: the data (SQLite: the database itself, by the
/// online backup API; PostgreSQL: pg_dump's directory format) and manifest.json with sizes, digests, versions, and for
/// every table the number of its rows and a digest over them. Writers may go on meanwhile; what is copied is one moment.
///
/// With --verify nothing is made: a backup is restored into a throwaway database and compared with its manifest.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  switchback backup --database journal
  switchback backup --env production --keep 7
  switchback backup --list
  switchback backup --database journal --verify
  switchback backup --database journal --verify backups/journal/2026-11-22T05-30-00Z_V5")]
pub struct Args {
    /// The folder of the backups [default: backups/DATABASE beside switchback.toml]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,

    /// Afterwards remove the oldest that were asked for, so that this many stay
    #[arg(long, value_name = "N", conflicts_with_all = ["list", "verify"])]
    keep: Option<usize>,

    /// PostgreSQL: by switchback's own export (COPY), also where there is a pg_dump of the server's version
    #[arg(long, conflicts_with_all = ["list", "verify"])]
    without_pg_dump: bool,

    /// Show the backups that there are
    #[arg(long, conflicts_with = "verify")]
    list: bool,

    /// Restore a backup into a throwaway database and compare: this one, else the newest
    #[arg(long, value_name = "BACKUP", num_args = 0..=1)]
    verify: Option<Option<PathBuf>>,

    /// With --verify: make the throwaway database on this PostgreSQL server instead of starting one
    #[arg(long, value_name = "URL", requires = "verify")]
    scratch_url: Option<String>,

    /// Encrypt it for the owner of this public key (age1…, ssh-ed25519 …) and no other; several are allowed
    #[arg(long, value_name = "KEY", conflicts_with_all = ["list", "verify"])]
    recipient: Vec<String>,

    #[command(flatten)]
    identity: Identity,
}

#[derive(Serialize)]
struct Made<'a> {
    #[serde(flatten)]
    report: &'a backup::BackupReport,
    removed: &'a [PathBuf],
}

#[derive(Serialize)]
struct List<'a> {
    database: &'a str,
    backups: &'a [Listed],
}

#[derive(Serialize)]
struct Verified<'a> {
    database: &'a str,
    path: &'a PathBuf,
    verified: bool,
    manifest: &'a Manifest,
}

/// Runs the command.
pub fn run(app: &App<'_>, args: &Args) -> Result<Answer> {
    let databases = app.databases()?;
    let mut answer = Answer::new("databases");
    if let Some(Some(_)) = &args.verify {
        app.one("--verify is about one backup")?;
    }
    for database in databases {
        let mut database = args.identity.of(database);
        if !args.recipient.is_empty() {
            let recipients = args.recipient.clone();
            database.keys = Keys { recipients, recipients_file: None, ..database.keys };
        }
        let database = &database;
        let dir = args.dir.as_ref().unwrap_or(&database.backups);
        let result = match &args.verify {
            Some(path) => verify(app, database, dir, path.as_ref(), args, &mut answer),
            None if args.list => list(app, database, dir, &mut answer),
            None => make(app, database, dir, args, &mut answer),
        };
        if let Err(error) = result {
            answer.fail(&database.name, error);
        }
    }
    Ok(answer)
}

fn make(app: &App<'_>, database: &Database, dir: &Path, args: &Args, answer: &mut Answer) -> Result<()> {
    let mut session = app.connect(database, Missing::Refuse, &|options| {
        options.without_pg_dump = args.without_pg_dump;
    })?;
    let made = app.carry_out(&mut session, |connected| backup::make(connected, dir, Reason::Asked))?;
    let removed = match args.keep.or(database.keep) {
        Some(keep) => backup::forget(dir, &database.name, Reason::Asked, keep)?,
        None => Vec::new(),
    };
    app.heading(&session, "");
    app.text(&safety::backup(app.paint, &made, &removed, &app.start));
    answer.add(&Made { report: &made, removed: &removed });
    Ok(())
}

fn list(app: &App<'_>, database: &Database, dir: &Path, answer: &mut Answer) -> Result<()> {
    let mut backups = backup::list(dir)?;
    backups.retain(|b| b.manifest.database == database.name);
    app.text(&safety::backups(app.paint, &database.name, dir, &backups, &app.start));
    answer.add(&List { database: &database.name, backups: &backups });
    Ok(())
}

/// The backup that is named, else the newest: one of that database, before anything is made of it.
///
/// # Errors
/// Where there is none, or it is one of another database.
pub fn chosen(named: Option<&PathBuf>, dir: &Path, database: &str) -> Result<PathBuf> {
    let Some(path) = named else { return Ok(backup::newest(dir, database)?.path) };
    let of = Manifest::read(path)?.database;
    if of != database {
        return Err(Error::new(
            ErrorKind::Backup,
            format!("{} is a backup of {of}, not of {database}", path.display()),
        )
        .hint("name the folder of another backup (`backup --list`)"));
    }
    Ok(path.clone())
}

fn verify(
    app: &App<'_>,
    database: &Database,
    dir: &Path,
    path: Option<&PathBuf>,
    args: &Args,
    answer: &mut Answer,
) -> Result<()> {
    let path = chosen(path, dir, &database.name)?;
    let on = app.scratch_options(args.scratch_url.clone())?;
    let options = app.options(database);
    let restore = |watch: &Watch| backup::restored(&path, &options, &on, &mut watch.clone());
    let manifest = app.interrupt.patiently(|| app.watched(&database.name, restore))?;
    app.text(&safety::verified(app.paint, &path, &manifest, &app.start));
    answer.add(&Verified { database: &database.name, path: &path, verified: true, manifest: &manifest });
    Ok(())
}
