//! Into a SQLite file that others may have open: its pages are written in one transaction.
//!
//! A renamed file would be another file for those who have the old one open, and its `-wal` would be replayed over the
//! new one. So that is done only where the file is damaged, nobody has it open, and what lies beside it was moved away.

use super::damaged::{begins_like_one, is_damaged, raw, replace, with_ending};
use super::{Before, Done, How, journal_end, others, same_database};
use crate::backup::crypt::Opened;
use crate::backup::sqlite::Moment;
use crate::backup::{self, BackupReport, Copied, Manifest, Reason, sqlite, verify};
use crate::connect::{DatabaseUrl, SqliteTarget, open_sqlite};
use crate::db::Database;
use crate::db::sqlite::Sqlite;
use crate::db::sqlite::differing::{COUNTERS, MODE};
use crate::event::{Event, Observer as _, Watch};
use crate::migrator::{Connected, Migrator};
use crate::options::Options;
use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, ScopedJoinHandle};
use std::time::SystemTime;
use switchback_plan::{Error, ErrorKind, MigrationSet, Result};

/// What is restored, and over what.
pub(super) struct Job<'a> {
    pub migrator: &'a Migrator,
    pub target: &'a SqliteTarget,
    pub from: &'a Opened,
    pub manifest: &'a Manifest,
    pub how: &'a How,
    pub watch: &'a Watch,
    /// The files when nothing was wrong with the database.
    pub sound: Option<&'a Outside>,
}

/// What the files of a database look like from outside. Where they look the same again nobody has written to them, but for
/// what came within one tick of the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outside([Option<(u64, SystemTime)>; 2]);

impl Outside {
    pub fn of(file: &Path) -> Outside {
        let look = |path: &Path| {
            let metadata = fs::metadata(path).ok()?;
            Some((metadata.len(), metadata.modified().ok()?))
        };
        Outside([look(file), look(&with_ending(file, "-wal"))])
    }
}

pub(super) fn restore(job: &Job) -> Result<Done> {
    let Some(file) = job.target.path() else {
        return Err(Error::new(ErrorKind::Unsupported, "a database in memory has nothing to go back to")
            .hint("name a file"));
    };
    thread::scope(|scope| {
        // Their digests are compared while the present state is copied, and nothing is changed before that is done. Those
        // of an encrypted one were compared before it was decrypted.
        let plain = job.manifest.encryption.is_none();
        let mut digests = plain.then(|| scope.spawn(|| verify::digests(job.from.path(), job.manifest)));
        over(job, file, &mut || digests.take().map_or(Ok(()), backup::joined))
    })
}

/// `checked` waits until the backup is known to be what it was.
fn over(job: &Job, file: &Path, checked: &mut dyn FnMut() -> Result<()>) -> Result<Done> {
    let Job { migrator, target, from, manifest, how, watch, .. } = *job;
    let existed = file.exists();
    // Before SQLite opens it: it would make the file, or tidy up beside what it takes for a new database.
    if !existed || !begins_like_one(file) {
        checked()?;
    }
    if existed && !begins_like_one(file) {
        return replace(file, from, how, migrator.settings());
    }
    // Dropped after the connection.
    let mut files = Files { file, commits: None, opened: Vec::new() };
    let connected = migrator.clone().connect_to(DatabaseUrl::Sqlite(target.clone()));
    let mut connected = match connected {
        Ok(connected) => connected.observer(watch.clone()),
        // It is there, and cannot be opened as a database.
        Err(e) if existed && e.kind() == ErrorKind::Connection && is_damaged(file) => {
            tracing::info!("{e}");
            checked()?;
            return replace(file, from, how, migrator.settings());
        }
        Err(e) => return Err(e),
    };
    // A first look, so that the index of the WAL is there.
    let _ = journal_end(&mut connected);
    files.commits = if existed { Some(Commits::open(file)?) } else { None };
    connected.locked(|connected| {
        if existed {
            match same_database(connected, manifest, from.path(), how) {
                Err(e) if e.kind() == ErrorKind::Backup => return Err(e),
                // What cannot be read says nothing.
                Err(e) => tracing::info!("{e}"),
                Ok(()) => {}
            }
        }
        let data = from.data().join(sqlite::DATA);
        let Written { before, journal, writer, seen } =
            write_over(connected, &mut files, &data, job, checked)?;
        let Database::Sqlite(live) = &mut connected.db else { return Err(no_file()) };
        let same = match live.checkpoint() {
            true => same_pages(file, &data, &mut files.opened),
            // Somebody still reads what was there before, so that part of it is beside the file: row by row, then.
            false => verify::compare(from.path(), manifest, &mut connected.db, &mut watch.clone()),
        };
        let written_since = || seen.is_some_and(|seen| writer.data_version().is_ok_and(|now| now != seen));
        let compared = match same {
            Ok(()) => true,
            // It is committed: what stands there now is what others wrote on top of it, or nobody waited for the end.
            Err(e) if e.kind() == ErrorKind::Interrupted || written_since() => {
                tracing::warn!("the result is not compared: {e}");
                false
            }
            Err(e) => return Err(e),
        };
        Ok(Done { way: "pages", compared, before, journal, ended: Vec::new() })
    })
}

/// The file that is written over, and what is open of it besides the connection: to close that any earlier would end
/// every lock of this process on the file.
struct Files<'a> {
    file: &'a Path,
    /// `None` where there was no file.
    commits: Option<Commits>,
    opened: Vec<File>,
}

/// What was written over.
struct Written {
    /// Where it lies.
    before: Before,
    /// Where its journal ended.
    journal: Option<(i64, String)>,
    /// Who wrote it.
    writer: Sqlite,
    /// What the writer had seen of others' commits: none came between that and its own.
    seen: Option<i64>,
}

/// Keeps the present state and puts the database in the file `data` over it, once it is `checked`.
fn write_over(
    connected: &mut Connected,
    files: &mut Files,
    data: &Path,
    job: &Job,
    checked: &mut dyn FnMut() -> Result<()>,
) -> Result<Written> {
    let Files { file, commits, opened } = files;
    let Job { how, watch, sound, .. } = *job;
    let commits = commits.as_ref();
    let (mut attempts, mut readable) = (ATTEMPTS, true);
    loop {
        let journal = journal_end(connected).ok().flatten();
        let stamp = commits.map(Commits::stamp);
        let looked = readable;
        let state = match commits {
            Some(_) if readable => keep(connected, file, opened, how, sound)?,
            Some(_) => kept_raw(connected, file, opened, how)?,
            None => State::Kept(Before::Nothing),
        };
        checked()?;
        let Connected { url, options, local, .. } = &*connected;
        let (local, options): (&MigrationSet, &Options) = (local, options);
        let Some(DatabaseUrl::Sqlite(target)) = url else { return Err(no_file()) };
        // A connection of its own: it keeps something of the pages that it writes over.
        let mut writer =
            Sqlite::new(open_sqlite(target, false, false)?, None, Arc::clone(&options.interrupt))?;
        let seen = writer.data_version().ok();
        let (mut moved, mut before) = (false, None);
        let written = thread::scope(|scope| {
            // What is kept is looked at while it is written over, and the last of that waits for it.
            let mut kept = Some(match state {
                State::Kept(before) => Kept::Now(before),
                State::Copied(copied) => Kept::Soon(scope.spawn(|| copied.finish(local, options))),
            });
            let mut at = |moment| match moment {
                Moment::Locked => {
                    moved = commits.map(Commits::stamp) != stamp;
                    if moved { Err(written_to(file)) } else { Ok(()) }
                }
                Moment::Pages(done, total) => {
                    let what = "restoring the database";
                    watch.clone().event(&Event::Work { what, done, total: Some(total), unit: "pages" });
                    Ok(())
                }
                Moment::Last => {
                    let is = kept.take().map_or(Ok(Before::Nothing), Kept::wait);
                    readable = !is.as_ref().is_err_and(cannot_be_read);
                    before = Some(is?);
                    Ok(())
                }
            };
            writer.overwrite(data, options.lock_wait, &mut at)
        });
        match written {
            Ok(()) => {
                return Ok(Written { before: before.unwrap_or(Before::Nothing), journal, writer, seen });
            }
            // What was kept lacks what was written since: nothing was changed, and it is kept anew.
            Err(_) if moved && attempts > 1 => attempts -= 1,
            Err(e) if looked && !readable => tracing::warn!("{e}: its files are kept as they are"),
            Err(e) if e.kind() == ErrorKind::Locked && !moved => return Err(in_use(file)),
            Err(e) => return Err(e),
        }
    }
}

fn in_use(file: &Path) -> Error {
    let others = others::of_file(file);
    let named = if others.is_empty() { "somebody".to_owned() } else { others.join(", ") };
    Error::new(ErrorKind::Locked, format!("the database is in use by {named}; nothing was changed"))
        .hint("end what is named, or wait longer with --lock-wait, and run the same command again")
}

/// How often the present state is kept anew because somebody wrote meanwhile.
const ATTEMPTS: u32 = 3;

/// Tells whether anybody committed: SQLite counts it in the header of the file, and in WAL mode in the index of the WAL.
struct Commits {
    file: File,
    index: Option<File>,
}

impl Commits {
    fn open(file: &Path) -> Result<Commits> {
        let opened = File::open(file)
            .map_err(|e| Error::new(ErrorKind::Io, format!("{} cannot be read: {e}", file.display())))?;
        Ok(Commits { file: opened, index: File::open(with_ending(file, "-shm")).ok() })
    }

    fn stamp(&self) -> [u8; 148] {
        let mut stamp = [0; 148];
        let (header, index) = stamp.split_at_mut(100);
        // What is shorter than that is an empty database.
        let _ = self.file.read_at(header, 0);
        // The header of the index is there twice; one is enough.
        let _ = self.index.as_ref().map(|file| file.read_at(index, 0));
        stamp
    }
}

fn written_to(file: &Path) -> Error {
    Error::new(
        ErrorKind::Locked,
        format!(
            "somebody writes to {} all the time, so that what is there cannot be kept; nothing was changed",
            file.display()
        ),
    )
    .hint("stop the programs that write to it, and run the same command again")
}

/// The present state.
enum State {
    Kept(Before),
    /// Not looked at yet.
    Copied(Box<Copied>),
}

/// The same, while somebody looks at it.
enum Kept<'scope> {
    Now(Before),
    Soon(ScopedJoinHandle<'scope, Result<BackupReport>>),
}

impl Kept<'_> {
    fn wait(self) -> Result<Before> {
        match self {
            Kept::Now(before) => Ok(before),
            Kept::Soon(thread) => Ok(Before::Backup(backup::joined(thread)?.path)),
        }
    }
}

/// Keeps the present state: as a backup where it can be read, else as the files that it is.
fn keep(
    connected: &mut Connected,
    file: &Path,
    opened: &mut Vec<File>,
    how: &How,
    sound: Option<&Outside>,
) -> Result<State> {
    match Copied::new(connected, &how.dir, Reason::BeforeRestore) {
        Err(e) if cannot_be_read(&e) => {
            tracing::warn!("{e}: its files are kept as they are");
            kept_raw(connected, file, opened, how)
        }
        copied => {
            let mut copied = copied?;
            copied.sound = sound == Some(&Outside::of(file));
            Ok(State::Copied(Box::new(copied)))
        }
    }
}

fn kept_raw(connected: &Connected, file: &Path, opened: &mut Vec<File>, how: &How) -> Result<State> {
    raw(file, how, &connected.options, opened).map(|kept| State::Kept(Before::Backup(kept)))
}

fn cannot_be_read(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Backup | ErrorKind::Database)
}

/// Every byte of the restored file is that of the backup, whose digest was compared. It stays open in `opened`.
pub(super) fn same_pages(file: &Path, data: &Path, opened: &mut Vec<File>) -> Result<()> {
    let cannot =
        |e: &std::io::Error| Error::new(ErrorKind::Io, format!("{} cannot be read: {e}", file.display()));
    let theirs = File::open(data).map_err(|e| cannot(&e))?;
    opened.push(File::open(file).map_err(|e| cannot(&e))?);
    let Some(ours) = opened.last() else { return Ok(()) };
    let length = |file: &File| file.metadata().map(|m| m.len()).map_err(|e| cannot(&e));
    let all = length(ours)?;
    let half = all / 2 / BLOCK * BLOCK;
    // They come from memory, mostly: two are twice as fast.
    let (begin, rest) = thread::scope(|scope| {
        let begin = scope.spawn(|| same_bytes(ours, &theirs, 0..half).map_err(|e| cannot(&e)));
        let rest = same_bytes(ours, &theirs, half..all).map_err(|e| cannot(&e));
        (backup::joined(begin), rest)
    });
    if length(&theirs)? == all && begin? && rest? {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Backup,
        format!("{} is not what the backup holds, although all of it was written", file.display()),
    )
    .hint("somebody wrote to it at once, or the disk is failing: look at it before you go on; the state before was kept"))
}

/// Bytes that are compared at a time: as many as a processor has at hand.
const BLOCK: u64 = 1 << 16;

/// Whether two files hold the same there, but for what SQLite counts up.
fn same_bytes(ours: &File, theirs: &File, range: Range<u64>) -> std::io::Result<bool> {
    let (mut a, mut b) = ([0; BLOCK as usize], [0; BLOCK as usize]);
    for offset in range.clone().step_by(BLOCK as usize) {
        let n = usize::try_from(BLOCK.min(range.end - offset)).unwrap_or_default();
        let (a, b) = (&mut a[..n], &mut b[..n]);
        ours.read_exact_at(a, offset)?;
        theirs.read_exact_at(b, offset)?;
        if offset == 0 {
            for of_its_own in COUNTERS.into_iter().chain([MODE]).filter(|r| r.end <= n) {
                a[of_its_own.clone()].fill(0);
                b[of_its_own].fill(0);
            }
        }
        if a != b {
            return Ok(false);
        }
    }
    Ok(true)
}

fn no_file() -> Error {
    Error::new(ErrorKind::Unsupported, "this is no SQLite database")
}
