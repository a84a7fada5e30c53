//! Into a SQLite file that others may have open: through the backup API, which writes its pages in one transaction.
//!
//! A renamed file would be another file for those who have the old one open, and its `-wal` would be replayed over the
//! new one. So that is done only where the file is damaged, nobody has it open, and what lies beside it was moved away.

use super::{Before, Done, How, journal_end, others, same_database};
use crate::backup::crypt::{Opened, Seal};
use crate::backup::sqlite::Moment;
use crate::backup::{self, BackupReport, Copied, Manifest, Reason, folder, sqlite, verify};
use crate::connect::{DatabaseUrl, SqliteTarget};
use crate::db::sqlite::Sqlite;
use crate::db::{Database, interrupted};
use crate::event::{Event, Observer as _, Watch};
use crate::migrator::{Connected, Migrator};
use crate::options::Options;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::thread::{self, ScopedJoinHandle};
use switchback_plan::{Error, ErrorKind, MigrationSet, Result};

pub(super) fn restore(
    migrator: &Migrator,
    target: &SqliteTarget,
    from: &Opened,
    manifest: &Manifest,
    how: &How,
    watch: &Watch,
) -> Result<Done> {
    let Some(file) = target.path() else {
        return Err(Error::new(ErrorKind::Unsupported, "a database in memory has nothing to go back to")
            .hint("name a file"));
    };
    let existed = file.exists();
    // Before SQLite opens it: it would tidy up beside what it takes for a new database.
    if existed && !begins_like_one(file) {
        return replace(file, from, how, migrator.settings());
    }
    // Both dropped after the connection: to close the file would end every lock of this process on it.
    let commits: Option<Commits>;
    let mut opened = Vec::new();
    let connected = migrator.clone().connect_to(DatabaseUrl::Sqlite(target.clone()));
    let mut connected = match connected {
        Ok(connected) => connected.observer(watch.clone()),
        // It is there, and cannot be opened as a database.
        Err(e) if existed && e.kind() == ErrorKind::Connection && is_damaged(file) => {
            tracing::info!("{e}");
            return replace(file, from, how, migrator.settings());
        }
        Err(e) => return Err(e),
    };
    // A first look, so that the index of the WAL is there.
    let _ = journal_end(&mut connected);
    commits = if existed { Some(Commits::open(file)?) } else { None };
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
        let source = sqlite::open(&data, &connected.options.interrupt)?;
        let Written { before, journal, seen } =
            write_over(connected, file, commits.as_ref(), &mut opened, &source, how, watch)?;
        let Database::Sqlite(live) = &mut connected.db else { return Err(no_file()) };
        let same = match live.checkpoint() {
            true => same_pages(file, &data, &mut opened),
            // Somebody still reads what was there before, so that part of it is beside the file: row by row, then.
            false => verify::compare(from.path(), manifest, &mut connected.db, &mut watch.clone()),
        };
        let Database::Sqlite(live) = &connected.db else { return Err(no_file()) };
        let written_since = || seen.is_some_and(|seen| live.data_version().is_ok_and(|now| now != seen));
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

/// What was written over.
struct Written {
    /// Where it lies.
    before: Before,
    /// Where its journal ended.
    journal: Option<(i64, String)>,
    /// What this connection had seen of others' commits: none came between that and our own.
    seen: Option<i64>,
}

/// Keeps the present state and writes the pages of `source` over it.
fn write_over(
    connected: &mut Connected,
    file: &Path,
    commits: Option<&Commits>,
    opened: &mut Vec<File>,
    source: &Sqlite,
    how: &How,
    watch: &Watch,
) -> Result<Written> {
    let (mut attempts, mut readable) = (ATTEMPTS, true);
    loop {
        let journal = journal_end(connected).ok().flatten();
        let stamp = commits.map(Commits::stamp);
        let looked = readable;
        let state = match commits {
            Some(_) if readable => keep(connected, file, opened, how)?,
            Some(_) => kept_raw(connected, file, opened, how)?,
            None => State::Kept(Before::Nothing),
        };
        let Connected { db, options, local, .. } = &mut *connected;
        let Database::Sqlite(live) = db else { return Err(no_file()) };
        let (local, options): (&MigrationSet, &Options) = (local, options);
        let seen = live.data_version().ok();
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
            live.overwrite(source.connection(), options.lock_wait, &options.interrupt, &mut at)
        });
        match written {
            Ok(()) => return Ok(Written { before: before.unwrap_or(Before::Nothing), journal, seen }),
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
///
/// The files stay open for as long as a connection is: to close one would end every lock of this process on it.
struct Commits {
    file: File,
    index: Option<File>,
}

impl Commits {
    fn open(file: &Path) -> Result<Commits> {
        let mut index = file.as_os_str().to_owned();
        index.push("-shm");
        let opened = File::open(file)
            .map_err(|e| Error::new(ErrorKind::Io, format!("{} cannot be read: {e}", file.display())))?;
        Ok(Commits { file: opened, index: File::open(PathBuf::from(index)).ok() })
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
fn keep(connected: &mut Connected, file: &Path, opened: &mut Vec<File>, how: &How) -> Result<State> {
    match Copied::new(connected, &how.dir, Reason::BeforeRestore) {
        Err(e) if cannot_be_read(&e) => {
            tracing::warn!("{e}: its files are kept as they are");
            kept_raw(connected, file, opened, how)
        }
        copied => copied.map(|copied| State::Copied(Box::new(copied))),
    }
}

fn kept_raw(connected: &Connected, file: &Path, opened: &mut Vec<File>, how: &How) -> Result<State> {
    raw(file, how, &connected.options, opened).map(|kept| State::Kept(Before::Backup(kept)))
}

fn cannot_be_read(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Backup | ErrorKind::Database)
}

/// The files of a database, as they lie there.
fn beside(file: &Path) -> Vec<PathBuf> {
    let with = |ending: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    ["-wal", "-shm", "-journal"].iter().map(|ending| with(ending)).filter(|path| path.exists()).collect()
}

/// A copy of the files themselves, of whatever is left of a damaged database. They stay open in `opened`.
fn raw(file: &Path, how: &How, options: &Options, opened: &mut Vec<File>) -> Result<PathBuf> {
    let seal = Seal::of(options)?;
    let moment = folder::moment(time::OffsetDateTime::now_utc());
    let part = folder::Part::create(&how.dir, &moment)?;
    let size = |path: &Path| fs::metadata(path).map_or(0, |m| m.len());
    let mut files = beside(file);
    files.push(file.to_owned());
    folder::needs_room(&how.dir, files.iter().map(|f| size(f)).sum(), "a copy of the damaged database")?;
    for path in &files {
        let to = part.path().join(path.file_name().unwrap_or_default());
        if options.interrupt.load(Ordering::Relaxed) {
            return Err(interrupted());
        }
        opened.push(copy(path, &to)?);
    }
    if let Some(seal) = seal {
        seal.close(part.path(), options)?;
    }
    let kept = folder::free(&how.dir, &format!("{moment}_damaged_before_restore"));
    part.finish(&kept)?;
    Ok(kept)
}

/// Returns the file that was read, still open.
fn copy(from: &Path, to: &Path) -> Result<File> {
    let cannot = |e: &std::io::Error| {
        Error::new(ErrorKind::Io, format!("{} cannot be copied to {}: {e}", from.display(), to.display()))
    };
    let mut source = File::open(from).map_err(|e| cannot(&e))?;
    let mut file = folder::private_file(to)?;
    std::io::copy(&mut source, &mut file).and_then(|_| file.sync_all()).map_err(|e| cannot(&e))?;
    Ok(source)
}

/// Whether the file begins as every SQLite database does; an empty one is a new one.
pub(super) fn begins_like_one(file: &Path) -> bool {
    const MAGIC: &[u8; 16] = b"SQLite format 3\0";
    let mut begin = [0; 16];
    match File::open(file).and_then(|mut f| fill(&mut f, &mut begin)) {
        Ok(0) | Err(_) => true,
        Ok(_) => begin == *MAGIC,
    }
}

/// Whether SQLite itself finds the file to be none of its own.
pub(super) fn is_damaged(file: &Path) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    let opened = rusqlite::Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY);
    let read = opened.and_then(|c| c.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())));
    matches!(read.map_err(|e| e.sqlite_error_code()), Err(Some(DatabaseCorrupt | NotADatabase)))
}

/// Another file in the place of a damaged one.
fn replace(file: &Path, from: &Opened, how: &How, options: &Options) -> Result<Done> {
    let cannot = |what: &str, e: &std::io::Error| {
        Error::new(ErrorKind::Io, format!("{} cannot be {what}: {e}", file.display()))
    };
    let others = others::of_file(file);
    if !others.is_empty() {
        return Err(Error::new(
            ErrorKind::Locked,
            format!("the damaged database is open in {}; nothing was changed", others.join(", ")),
        )
        .hint("end what is named, and run the same command again"));
    }
    // A link is followed: what it leads to is replaced, not the link.
    let file = &file.canonicalize().map_err(|e| cannot("found", &e))?;
    let mut opened = Vec::new();
    let kept = raw(file, how, options, &mut opened)?;
    let mut name = file.as_os_str().to_owned();
    name.push(".switchback-restore");
    let new = PathBuf::from(name);
    let _ = fs::remove_file(&new);
    let data = from.data().join(sqlite::DATA);
    folder::needs_room(file, fs::metadata(&data).map_or(0, |m| m.len()), "the restored database")?;
    copy(&data, &new)?;
    let old = fs::metadata(file).map_err(|e| cannot("read", &e))?;
    fs::set_permissions(&new, old.permissions()).map_err(|e| cannot("made as accessible as it was", &e))?;
    {
        use std::os::unix::fs::{MetadataExt as _, chown};
        // Only root may give a file away; anybody else owns what they could replace.
        let _ = chown(&new, Some(old.uid()), Some(old.gid()));
    }
    // They are in the copy. Left here, they would be replayed over the new file.
    for path in beside(file) {
        fs::remove_file(&path).map_err(|e| cannot("freed from what lies beside it", &e))?;
    }
    fs::rename(&new, file).map_err(|e| cannot("replaced", &e))?;
    if let Some(parent) = file.parent() {
        File::open(parent).and_then(|dir| dir.sync_all()).map_err(|e| cannot("written to the disk", &e))?;
    }
    same_pages(file, &data, &mut opened)?;
    Ok(Done { way: "file", compared: true, before: Before::Backup(kept), journal: None, ended: Vec::new() })
}

/// What SQLite counts up in the header of the file that it writes.
const COUNTERS: [std::ops::Range<usize>; 3] = [24..28, 40..44, 92..100];
/// Whether the file is in WAL mode: the one that is written keeps its own.
const MODE: std::ops::Range<usize> = 18..20;

/// Every byte of the restored file is that of the backup, whose digest was compared. It stays open in `opened`.
fn same_pages(file: &Path, data: &Path, opened: &mut Vec<File>) -> Result<()> {
    let cannot =
        |e: &std::io::Error| Error::new(ErrorKind::Io, format!("{} cannot be read: {e}", file.display()));
    let mut theirs = File::open(data).map_err(|e| cannot(&e))?;
    opened.push(File::open(file).map_err(|e| cannot(&e))?);
    let Some(ours) = opened.last_mut() else { return Ok(()) };
    let (mut a, mut b) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    let mut first = true;
    loop {
        let (n, m) =
            (fill(ours, &mut a).map_err(|e| cannot(&e))?, fill(&mut theirs, &mut b).map_err(|e| cannot(&e))?);
        if first {
            for range in COUNTERS.into_iter().chain([MODE]).filter(|r| r.end <= n.min(m)) {
                a[range.clone()].fill(0);
                b[range].fill(0);
            }
            first = false;
        }
        if a[..n] != b[..m] {
            return Err(Error::new(
                ErrorKind::Backup,
                format!("{} is not what the backup holds, although all of it was written", file.display()),
            )
            .hint("somebody wrote to it at once, or the disk is failing: look at it before you go on; the state before was kept"));
        }
        if n == 0 {
            return Ok(());
        }
    }
}

/// As many bytes as there are, up to the whole buffer.
fn fill(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut n = 0;
    while n < buffer.len() {
        match file.read(&mut buffer[n..])? {
            0 => break,
            more => n += more,
        }
    }
    Ok(n)
}

fn no_file() -> Error {
    Error::new(ErrorKind::Unsupported, "this is no SQLite database")
}
