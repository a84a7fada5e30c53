//! A file that is damaged, or no database any more: kept as it is, and replaced by another.

use super::sqlite::same_pages;
use super::{Before, Done, How, others};
use crate::backup::crypt::{Opened, Seal};
use crate::backup::folder::{self, with_ending};
use crate::backup::sqlite;
use crate::db::interrupted;
use crate::options::Options;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use switchback_plan::{Error, ErrorKind, Result};

/// What lies beside a database and is part of it.
fn beside(file: &Path) -> Vec<PathBuf> {
    let all = ["-wal", "-shm", "-journal"].iter().map(|ending| with_ending(file, ending));
    all.filter(|path| path.exists()).collect()
}

/// A copy of the files themselves, of whatever is left of a damaged database. They stay open in `opened`.
pub(super) fn raw(file: &Path, how: &How, options: &Options, opened: &mut Vec<File>) -> Result<PathBuf> {
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
pub(super) fn replace(file: &Path, from: &Opened, how: &How, options: &Options) -> Result<Done> {
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
    let new = with_ending(file, ".switchback-restore");
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
