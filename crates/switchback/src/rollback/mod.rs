//! The one command for a bad night: by the way down where that is proven, by the backup where it is not.

mod by_itself;
pub(crate) mod since;

pub use by_itself::{Behind, Criterion, Eve};
pub use since::{Changed, Since};

use crate::backup::{self, Listed, Reason};
use crate::connect::{DatabaseUrl, SqliteTarget, open_sqlite, process_environment};
use crate::db::sqlite::real_path;
use crate::event::Watch;
use crate::migrator::{Connected, Migrator, Note};
use crate::report::{LogEntry, Report};
use crate::restore::{self, How, Outside, Restored};
use crate::store::Store;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;
use switchback_plan::lock::{self, LockFile};
use switchback_plan::shell::word;
use switchback_plan::{Direction, Error, ErrorKind, MigrationSet, Result, Target, plan};

/// Which way back somebody wants.
#[derive(Debug, Clone, Default)]
pub enum By {
    /// The better one.
    #[default]
    Best,
    /// The way down.
    Down,
    /// A backup: this one, else the newest of the state that is gone back to.
    Backup(Option<PathBuf>),
}

/// A way back.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case", tag = "way")]
pub enum Way {
    /// Each migration's way down, newest first, with its verdict.
    Down {
        /// `V5__split_names (exact)`.
        migrations: Vec<String>,
    },
    /// A backup.
    Backup {
        /// Its folder.
        path: PathBuf,
        /// When it was taken, in UTC.
        taken_at: String,
    },
}

/// What a rollback is about to do, and why.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// The database's name.
    pub database: String,
    /// Its engine.
    pub engine: &'static str,
    /// The newest version that is left, 0 for none; `None` where the live database does not say what is applied.
    pub to: Option<i64>,
    /// The way that was chosen.
    #[serde(flatten)]
    pub way: Way,
    /// Why this one.
    pub why: String,
    /// What was written since the run ended: a way down keeps it, a backup knows nothing of it.
    pub since: Since,
    /// What failed, where the run is taken back by itself for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// The backup of the state that is gone back to, where there is one: what a way down is compared with.
    #[serde(skip)]
    against: Option<Listed>,
    /// SQLite: its files when nothing was wrong with it.
    #[serde(skip)]
    sound: Option<Outside>,
}

/// A rollback that was done.
#[derive(Debug, Clone, Serialize)]
pub struct RolledBack {
    /// What was chosen.
    #[serde(flatten)]
    pub choice: Choice,
    /// What the ways down did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
    /// What the restore did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored: Option<Restored>,
    /// How the result was compared with the state before, in a sentence.
    pub verified: String,
    /// How long it took.
    pub seconds: f64,
}

/// Looks at the database, and chooses.
///
/// # Errors
/// Nothing to go back from, or no way back.
pub fn choose(migrator: &Migrator, url: &str, dir: &Path, by: &By, to: Option<i64>) -> Result<Choice> {
    let url = DatabaseUrl::parse(url)?.with_environment(&process_environment)?;
    let local = migrator.read_unsealed(url.dialect())?;
    // Looking for damage reads every page, and so does the search for what was written since.
    let (damage, chosen) = thread::scope(|scope| {
        let damage = scope.spawn(|| damage(&url));
        let readable = migrator.clone().connect_existing(url.clone()).and_then(|mut connected| {
            connected.read(true)?;
            Ok(connected)
        });
        let chosen = readable.map(|mut connected| among(&mut connected, &local, dir, by, to));
        (backup::joined(damage), chosen)
    });
    match (damage, chosen) {
        (Ok(sound), Ok(chosen)) => chosen.map(|choice| Choice { sound, ..choice }),
        (Err(e), _) | (Ok(_), Err(e)) if of_the_data(&e, &url) => unreadable(&local, dir, by, to, e),
        (Err(e), _) | (Ok(_), Err(e)) => Err(e),
    }
}

/// Refuses a database of SQLite in which a quick look finds damage; returns what its files looked like before it.
fn damage(url: &DatabaseUrl) -> Result<Option<Outside>> {
    let DatabaseUrl::Sqlite(target) = url else { return Ok(None) };
    let Some(file) = target.path().filter(|file| file.exists()) else { return Ok(None) };
    let before = Outside::of(&real_path(file));
    let target = SqliteTarget { must_exist: true, ..target.clone() };
    backup::sqlite::quickly_sound(&open_sqlite(&target, false, true)?)?;
    Ok(Some(before))
}

/// Whether that error means that the data cannot be read. One that is locked, stopped or out of reach says nothing of
/// it, and going back to a backup for that would lose what is there.
fn of_the_data(error: &Error, url: &DatabaseUrl) -> bool {
    match error.kind() {
        ErrorKind::Locked | ErrorKind::Interrupted => false,
        ErrorKind::Connection => match url {
            DatabaseUrl::Sqlite(target) => {
                target.path().is_some_and(|file| !file.exists() || restore::is_no_database(file))
            }
            // There is no such database.
            DatabaseUrl::Postgres(_) => error.server_code() == Some("3D000"),
        },
        _ => true,
    }
}

/// What cannot be read can only be restored.
fn unreadable(local: &MigrationSet, dir: &Path, by: &By, to: Option<i64>, error: Error) -> Result<Choice> {
    let kept = match by {
        By::Down => return Err(error),
        By::Backup(Some(path)) => listed(path)?,
        By::Backup(None) | By::Best => match to {
            None => backup::newest(dir, &local.name)?,
            Some(to) => {
                let fits = |b: &Listed| {
                    b.manifest.database == local.name
                        && b.manifest.reason != Reason::BeforeRestore
                        && b.manifest.head.as_ref().map_or(0, |h| h.version) == to
                };
                backup::list(dir)?.into_iter().rfind(fits).ok_or_else(|| no_backup(dir, to))?
            }
        },
    };
    Ok(Choice {
        database: local.name.clone(),
        engine: local.dialect.as_str(),
        to: kept.manifest.head.as_ref().map(|h| h.version),
        why: format!("the database cannot be read: {}", error.message()),
        since: Since::Unknown("the database cannot be read".to_owned()),
        way: way_of(&kept),
        failed: None,
        against: None,
        sound: None,
    })
}

/// Chooses among the ways that there are.
fn among(
    connected: &mut Connected,
    local: &MigrationSet,
    dir: &Path,
    by: &By,
    to: Option<i64>,
) -> Result<Choice> {
    let to = match to {
        Some(to) => to,
        None => before_last_run(connected)?,
    };
    let down = down(connected, local, to);
    let backups = backup::list(dir)?;
    let identity = Store::new(&connected.db).first_hash(&mut connected.db)?;
    let fits = |b: &&Listed| {
        let m = &b.manifest;
        m.database == local.name
            && m.engine == local.dialect.as_str()
            && m.reason != Reason::BeforeRestore
            && !m.half_done
            && m.head.as_ref().map_or(0, |h| h.version) == to
            && (m.identity.is_none() || m.identity == identity)
    };
    let kept = match by {
        By::Backup(Some(path)) => Some(listed(path)?),
        By::Backup(None) | By::Best | By::Down => backups.iter().rfind(fits).cloned(),
    };
    let since = match &kept {
        Some(kept) => since::since(connected, &kept.path),
        None => Since::Unknown("there is no backup of the state before".to_owned()),
    };
    let choice = |way, why: String| Choice {
        database: local.name.clone(),
        engine: local.dialect.as_str(),
        to: Some(to),
        way,
        why,
        since: since.clone(),
        failed: None,
        against: kept.clone(),
        sound: None,
    };
    match (by, down, &kept) {
        (By::Backup(_), _, Some(kept)) => Ok(choice(way_of(kept), "you asked for the backup".to_owned())),
        (By::Backup(_), _, None) => Err(no_backup(dir, to)),
        (By::Down, Ok(down), _) => Ok(choice(down.way, "you asked for the way down".to_owned())),
        (By::Down, Err(e), _) => Err(e),
        (By::Best, Ok(down), _) if down.doubt.is_none() => {
            let why = "every way down is proven, and what was written since stays".to_owned();
            Ok(choice(down.way, why))
        }
        (By::Best, Ok(down), Some(kept)) => {
            Ok(choice(way_of(kept), format!("the way down is not safe: {}", down.doubt.unwrap_or_default())))
        }
        (By::Best, Ok(down), None) => Err(Error::new(
            ErrorKind::Proof,
            format!(
                "the way down is not safe ({}), and {}",
                down.doubt.unwrap_or_default(),
                no_backup(dir, to).message()
            ),
        )
        .hint("look at it with `plan --down`; `rollback --by down` takes it all the same")),
        (By::Best, Err(e), Some(kept)) => {
            Ok(choice(way_of(kept), format!("there is no way down: {}", e.message())))
        }
        (By::Best, Err(e), None) => {
            Err(Error::new(e.kind(), format!("{}, and {}", e.message(), no_backup(dir, to).message()))
                .hint("name a backup with --backup, or repair what is named and run the same command again"))
        }
    }
}

/// Does what was chosen, and compares the result with the state before.
///
/// # Errors
/// Of the way down or of the restore; a result that is not the state before.
pub fn carry_out(
    migrator: &Migrator,
    url: &str,
    choice: &Choice,
    how: &How,
    watch: &Watch,
) -> Result<RolledBack> {
    let start = Instant::now();
    let done = |report, restored, verified| RolledBack {
        choice: choice.clone(),
        report,
        restored,
        verified,
        seconds: start.elapsed().as_secs_f64(),
    };
    let because = match &choice.failed {
        Some(failed) => format!("; by itself, for the run failed: {failed}"),
        None => String::new(),
    };
    match &choice.way {
        Way::Down { migrations } => {
            let mut connected = migrator.clone().connect(url)?.observer(watch.clone());
            let to = choice.to.unwrap_or_default();
            let report = connected.down(Target::Version(to)).map_err(|e| {
                let hint = match &choice.against {
                    Some(kept) => format!(
                        "{}; or {}",
                        e.what_next().unwrap_or("mend what is named and run the same command again"),
                        to_the_backup(&kept.path)
                    ),
                    None => return e,
                };
                e.hint(hint)
            })?;
            let verified = compare(&mut connected, choice)?;
            connected.note(
                Note::RolledBack,
                &format!("to version {to} by the way down of {}; {verified}{because}", migrations.join(", ")),
            )?;
            Ok(done(Some(report), None, verified))
        }
        Way::Backup { path, .. } => {
            let restored = restore::over(migrator, url, path, how, watch, choice.sound.as_ref())?;
            let mut connected = migrator.clone().connect(url)?;
            connected.note(
                Note::RolledBack,
                &format!("to the backup {}: {}{because}", path.display(), choice.why),
            )?;
            let verified = match restored.compared {
                true => "compared with what the backup says of itself",
                false => "not compared: somebody wrote to it at once, or did not wait for that",
            };
            Ok(done(None, Some(restored), verified.to_owned()))
        }
    }
}

fn to_the_backup(path: &Path) -> String {
    format!("go back to the backup: rollback --by backup --backup {}", word(&path.display().to_string()))
}

fn listed(path: &Path) -> Result<Listed> {
    Ok(Listed { path: path.to_owned(), manifest: backup::Manifest::read(path)? })
}

fn way_of(kept: &Listed) -> Way {
    Way::Backup { path: kept.path.clone(), taken_at: kept.manifest.taken_at.clone() }
}

fn no_backup(dir: &Path, to: i64) -> Error {
    let state =
        if to == 0 { "before the first migration".to_owned() } else { format!("behind version {to}") };
    Error::new(ErrorKind::Backup, format!("there is no backup of the state {state} in {}", dir.display()))
        .hint("name one with --backup, or see what there is with `backup --list`")
}

/// A way down, and why it may not be safe.
struct Down {
    way: Way,
    doubt: Option<String>,
}

fn down(connected: &mut Connected, local: &MigrationSet, to: i64) -> Result<Down> {
    let state = connected.read(true)?;
    let planned = plan(local, &state.history, Direction::Down, Target::Version(to))?;
    let lock = local.lock.as_ref().map(|text| LockFile::parse(lock::FILE, text)).transpose()?;
    let mut doubts = Vec::new();
    let mut migrations = Vec::new();
    for p in &planned.migrations {
        let sealed = lock.as_ref().and_then(|l| l.migrations.iter().find(|m| m.version == p.version));
        let verdict = sealed.and_then(|m| m.on(local.dialect)).map_or("not sealed", |s| s.verdict.as_str());
        let label = format!("V{}__{}", p.version, p.name);
        if !matches!(verdict, "exact" | "column-order") {
            doubts.push(format!("{label} is {verdict}"));
        }
        migrations.push(format!("{label} ({verdict})"));
    }
    let doubt = (!doubts.is_empty()).then(|| doubts.join(", "));
    Ok(Down { way: Way::Down { migrations }, doubt })
}

/// The version that was the newest before the last run upwards whose work is still there.
fn before_last_run(connected: &mut Connected) -> Result<i64> {
    let state = connected.read(false)?;
    let mut there: Vec<i64> = state.history.applied.iter().map(|a| a.version).collect();
    there.extend(state.history.progress.as_ref().map(|p| p.version));
    let log = connected.log(None)?;
    let did = |e: &&LogEntry| {
        e.direction.as_deref() == Some("up")
            && e.event.starts_with("step_")
            && e.version.is_some_and(|v| there.contains(&v))
    };
    let Some(last) = log.iter().rfind(did) else {
        return Err(Error::new(ErrorKind::Refused, "there is no run upwards to go back from")
            .hint("say where to with --to, or go back to a backup with `restore`"));
    };
    let of_run: Vec<i64> =
        log.iter().filter(|e| e.run == last.run).filter(did).filter_map(|e| e.version).collect();
    let first = of_run.iter().min().copied().unwrap_or_default();
    Ok(there.into_iter().filter(|v| *v < first).max().unwrap_or_default())
}

/// Compares the state behind a way down with the backup of the state before.
fn compare(connected: &mut Connected, choice: &Choice) -> Result<String> {
    let Some(kept) = &choice.against else {
        return Ok("there is no backup of the state before to compare with".to_owned());
    };
    let mut session = backup::verify::session(&kept.manifest, connected)?;
    let db = session.as_mut().unwrap_or(&mut connected.db);
    let (schema, content) = backup::read(db, &mut |_, _| {})?;
    let is = backup::manifest::tables(&content);
    let differ: Vec<&str> = kept
        .manifest
        .tables
        .iter()
        .filter(|then| !is.contains(then))
        .map(|then| then.table.as_str())
        .collect();
    let written: Vec<&str> = match &choice.since {
        Since::Known(changed) => changed.iter().map(|c| c.table.as_str()).collect(),
        Since::Unknown(_) => Vec::new(),
    };
    let same_schema = schema.structure == kept.manifest.schema;
    if differ.is_empty() && same_schema {
        return Ok(format!("schema and rows are those of {}", kept.manifest.taken_at));
    }
    let unexplained: Vec<&str> = differ.iter().filter(|t| !written.contains(t)).copied().collect();
    let Way::Down { migrations } = &choice.way else { return Ok(String::new()) };
    let exact = migrations.iter().all(|m| m.ends_with("(exact)"));
    if exact && matches!(choice.since, Since::Known(_)) && (!same_schema || !unexplained.is_empty()) {
        let what =
            if same_schema { format!("rows of {}", unexplained.join(", ")) } else { "the schema".to_owned() };
        return Err(Error::new(
            ErrorKind::Proof,
            format!("the way down was carried out, and {what} is not what it was before"),
        )
        .hint(to_the_backup(&kept.path)));
    }
    let schema = if same_schema { "the schema is that of" } else { "the schema differs from that of" };
    let rows = if differ.is_empty() {
        "all rows are those of then".to_owned()
    } else {
        format!("rows of {} are others, for they were written since", differ.join(", "))
    };
    Ok(format!("{schema} {}; {rows}", kept.manifest.taken_at))
}
