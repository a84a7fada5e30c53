//! Into a SQLite file that others may have open: its pages are written in one transaction.
//!
//! A renamed file would be another file for those who have the old one open, and its `-wal` would be replayed over the
//! new one. So that is done only where the file is damaged, nobody has it open, and what lies beside it was moved away.

use super::damaged::{begins_like_one, is_damaged, raw, replace};
use super::job::Job;
use super::{Before, Done, How, journal_end, others, same_database};
use crate::backup::folder::with_ending;
use crate::backup::sqlite::Moment;
use crate::backup::{self, BackupReport, Copied, Reason, sqlite, verify};
use crate::connect::{DatabaseUrl, SqliteTarget, open_sqlite};
use crate::db::sqlite::differing::{COUNTERS, MODE};
use crate::db::sqlite::{Sqlite, real_path};
use crate::event::{Event, Observer as _};
use crate::migrator::Connected;
use crate::options::Options;
use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, ScopedJoinHandle};
use std::time::SystemTime;
use switchback_plan::{Error, ErrorKind, MigrationSet, Result};

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

/// `sound` are its files when nothing was wrong with the database.
pub(super) fn restore(job: Job<'_, SqliteTarget>, sound: Option<&Outside>) -> Result<Done> {
    let Some(file) = job.target.path() else {
        return Err(Error::new(ErrorKind::Unsupported, "a database in memory has nothing to go back to")
            .hint("name a file"));
    };
    // What SQLite keeps beside a file lies beside the file itself, not beside a link to it.
    let file = &real_path(file);
    thread::scope(|scope| {
        // Their digests are compared while the present state is copied, and nothing is changed before that is done. Those
        // of an encrypted one were compared before it was decrypted.
        let plain = job.manifest.encryption.is_none();
        let mut digests = plain.then(|| scope.spawn(|| verify::digests(job.from.path(), job.manifest)));
        over(job, file, sound, &mut || digests.take().map_or(Ok(()), backup::joined))
    })
}

/// `checked` waits until the backup is known to be what it was.
fn over(
    job: Job<'_, SqliteTarget>,
    file: &Path,
    sound: Option<&Outside>,
    checked: &mut dyn FnMut() -> Result<()>,
) -> Result<Done> {
    let Job { migrator, target, from, manifest, how, watch } = job;
    let (existed, is_one) = (file.exists(), begins_like_one(file));
    // Before SQLite opens it: it would make the file, or tidy up beside what it takes for a new database.
    if !existed || !is_one {
        checked()?;
    }
    if existed && !is_one {
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
        let Written { before, journal, mut writer, seen } =
            write_over(connected, &mut files, &data, job, sound, checked)?;
        // By the writer: to the connection that tells what others wrote, a checkpoint of another one looks like that.
        let same = match writer.checkpoint() {
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
    job: Job<'_, SqliteTarget>,
    sound: Option<&Outside>,
    checked: &mut dyn FnMut() -> Result<()>,
) -> Result<Written> {
    let Files { file, commits, opened } = files;
    let Job { how, watch, .. } = job;
    let (mut attempts, mut readable) = (ATTEMPTS, true);
    loop {
        let journal = journal_end(connected).ok().flatten();
        let stamp = commits.as_mut().map(Commits::stamp);
        let looked = readable;
        let state = match stamp {
            None => State::Kept(Before::Nothing),
            Some(_) if readable => match Copied::new(connected, &how.dir, Reason::BeforeRestore) {
                Err(e) if cannot_be_read(&e) => {
                    tracing::warn!("{e}: its files are kept as they are");
                    checked()?;
                    kept_raw(connected, file, opened, how)?
                }
                copied => {
                    let mut copied = copied?;
                    copied.sound = sound == Some(&Outside::of(file));
                    State::Copied(Box::new(copied))
                }
            },
            Some(_) => kept_raw(connected, file, opened, how)?,
        };
        checked()?;
        let Connected { url, options, local, .. } = &*connected;
        let (local, options): (&MigrationSet, &Options) = (local, options);
        let Some(DatabaseUrl::Sqlite(target)) = url else { return Err(no_file()) };
        // A connection of its own: it keeps something of the pages that it writes over.
        let mut writer =
            Sqlite::new(open_sqlite(target, false, false)?, None, Arc::clone(&options.interrupt))?;
        let seen = writer.data_version().ok();
        let (mut moved, mut last, mut before) = (false, false, None);
        let written = thread::scope(|scope| {
            // What is kept is looked at while it is written over, and the last of that waits for it.
            let mut kept = Some(match state {
                State::Kept(before) => Kept::Now(before),
                State::Copied(copied) => Kept::Soon(scope.spawn(|| copied.finish(local, options))),
            });
            let mut at = |moment| match moment {
                Moment::Locked => {
                    let now = commits.as_mut().map(Commits::stamp);
                    // Where there was no file, there may be one by now.
                    moved = now != stamp || now.map_or_else(|| !is_empty(file), |now| !now.tells());
                    if moved { Err(written_to(file)) } else { Ok(()) }
                }
                Moment::Pages(done, total) => {
                    let what = "restoring the database";
                    watch.clone().event(&Event::Work { what, done, total: Some(total), unit: "pages" });
                    Ok(())
                }
                Moment::Last => {
                    last = true;
                    let is = kept.take().map_or(Ok(Before::Nothing), Kept::wait);
                    readable = !is.as_ref().is_err_and(cannot_be_read);
                    before = Some(is?);
                    Ok(())
                }
            };
            let written = writer.overwrite(data, options.lock_wait, &mut at);
            before = before.take().or_else(|| kept.and_then(|kept| kept.wait().ok()));
            written
        });
        if let (Err(e), Some(Before::Backup(copy))) = (&written, &before)
            // A commit that failed in any other way may have been one.
            && (!last || matches!(e.kind(), ErrorKind::Locked | ErrorKind::Interrupted))
            && let Err(e) = fs::remove_dir_all(copy)
        {
            tracing::warn!("{} is what is there as before, and stays: {e}", copy.display());
        }
        match written {
            Ok(()) => {
                return Ok(Written { before: before.unwrap_or(Before::Nothing), journal, writer, seen });
            }
            // What was kept lacks what was written since: nothing was changed, and it is kept anew.
            Err(_) if moved && attempts > 1 => {
                attempts -= 1;
                if commits.is_none() {
                    *commits = Some(Commits::open(file)?);
                }
            }
            Err(e) if looked && !readable => tracing::warn!("{e}: its files are kept as they are"),
            Err(e) if e.kind() == ErrorKind::Locked && !moved => return Err(in_use(file)),
            Err(e) => return Err(e),
        }
    }
}

fn is_empty(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|metadata| metadata.len() == 0)
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
    beside: PathBuf,
    /// All that were opened. There is another one once somebody has set WAL mode, or all have left it for a moment.
    indexes: Vec<File>,
}

/// What it says at a moment.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    header: [u8; 100],
    /// Of the index: which file it is, and its header, of which there are two.
    index: Option<(u64, [u8; 48])>,
}

impl Stamp {
    /// Whether another commit would have changed it.
    fn tells(&self) -> bool {
        const WAL: [u8; 2] = [2, 2];
        self.header[MODE] != WAL || self.index.is_some()
    }
}

impl Commits {
    fn open(file: &Path) -> Result<Commits> {
        let opened = File::open(file)
            .map_err(|e| Error::new(ErrorKind::Io, format!("{} cannot be read: {e}", file.display())))?;
        Ok(Commits { file: opened, beside: with_ending(file, "-shm"), indexes: Vec::new() })
    }

    fn stamp(&mut self) -> Stamp {
        let mut stamp = Stamp { header: [0; 100], index: None };
        // What is shorter than that is an empty database.
        let _ = self.file.read_at(&mut stamp.header, 0);
        if let Ok(index) = File::open(&self.beside) {
            let mut header = [0; 48];
            let read = index.read_exact_at(&mut header, 0).and_then(|()| index.metadata());
            stamp.index = read.ok().map(|metadata| (metadata.ino(), header));
            self.indexes.push(index);
        }
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

/// Keeps the files themselves.
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
    let all = length(&theirs)?;
    let half = all / 2 / BLOCK * BLOCK;
    // They come from memory, mostly: two are twice as fast.
    let (begin, rest) = thread::scope(|scope| {
        let begin = scope.spawn(|| same_bytes(ours, &theirs, 0..half).map_err(|e| cannot(&e)));
        let rest = same_bytes(ours, &theirs, half..all).map_err(|e| cannot(&e));
        (backup::joined(begin), rest)
    });
    // What lies behind the last page is no part of the database: SQLite may reserve room there.
    if length(ours)? >= all && begin? && rest? {
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

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn a_commit_is_told_in_every_mode_also_in_one_that_somebody_chooses_meanwhile() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("live");
        let (ours, other) = (Connection::open(&file).unwrap(), Connection::open(&file).unwrap());
        let sql = |sql: &str| other.execute_batch(sql).unwrap();
        sql("CREATE TABLE t (id)");
        let mut commits = Commits::open(&file).unwrap();
        let mut last = commits.stamp();
        for change in [
            "INSERT INTO t VALUES (1)",
            "PRAGMA journal_mode = wal",
            "INSERT INTO t VALUES (2)",
            "DELETE FROM t",
        ] {
            sql(change);
            assert!(commits.stamp() != last, "{change}");
            let read = || ours.query_row("SELECT count(*) FROM t", [], |_| Ok(())).unwrap();
            read();
            last = commits.stamp();
            read();
            assert!(commits.stamp() == last && last.tells(), "readers behind {change}");
        }
        // All leave, and somebody comes: it is another index.
        drop((ours, other));
        assert!(!commits.stamp().tells());
        let other = Connection::open(&file).unwrap();
        other.execute_batch("INSERT INTO t VALUES (3)").unwrap();
        assert!(commits.stamp() != last && commits.stamp().tells());
    }
}
