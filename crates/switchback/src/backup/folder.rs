//! The folder of a backup: private, named after its moment, and whole or not there.

use super::failed;
use super::manifest::{DataFile, FILE};
use crate::rollback::since;
use crate::value::{format_timestamp, hex};
use rustix::fs::{FlockOperation, flock};
use sha2::{Digest as _, Sha256};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use switchback_plan::{Error, ErrorKind, Result};
use time::OffsetDateTime;

/// What a folder is called until all of it is there.
const PART: &str = ".part";

/// A folder that is being filled. It is gone when this is dropped, unless it was finished before.
pub(crate) struct Part {
    path: PathBuf,
    /// Tells others that somebody still writes here; given back when the process ends, however it ends.
    _lock: File,
}

impl Part {
    /// A new folder in `dir`, which is made where it is not there. What killed processes left behind is removed.
    pub fn create(dir: &Path, name: &str) -> Result<Part> {
        private(dir)?;
        // Until it is locked, somebody else would take it for one that was left behind: one at a time.
        let _turn = turn(dir)?;
        forget_parts(dir)?;
        let path = dir.join(format!("{name}.{}{PART}", std::process::id()));
        private(&path)?;
        let lock = lock(&path)
            .and_then(|lock| lock.ok_or_else(|| io::Error::from(io::ErrorKind::WouldBlock)))
            .map_err(|e| failed(format!("{} cannot be locked", path.display()), &e))?;
        Ok(Part { path, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Brings what is in it to the disk, and reads it: nobody writes to it any more.
    pub fn stays(&self) -> Result<Vec<DataFile>> {
        sync(&self.path)?;
        digests(&self.path)
    }

    /// Gives it its name, once it has reached the disk.
    pub fn finish(self, to: &Path) -> Result<()> {
        keep_private(&self.path)?;
        sync(&self.path)?;
        fs::rename(&self.path, to)
            .map_err(|e| failed(format!("{} cannot be renamed", self.path.display()), &e))?;
        match to.parent() {
            Some(parent) => sync_one(parent)
                .map_err(|e| failed(format!("{} cannot be written to the disk", parent.display()), &e)),
            None => Ok(()),
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // What stays is removed by the next one. One that was finished has another name by now.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Waits for others who begin in that folder; it takes no longer than to remove what was left behind.
fn turn(dir: &Path) -> Result<File> {
    let taken = File::open(dir).and_then(|file| {
        flock(&file, FlockOperation::LockExclusive)?;
        Ok(file)
    });
    taken.map_err(|e| failed(format!("{} cannot be locked", dir.display()), &e))
}

/// `None` when somebody else holds it.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let file = File::open(path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

/// Removes what killed processes left behind, and nothing that somebody still writes.
fn forget_parts(dir: &Path) -> Result<()> {
    let cannot = |e: &io::Error| failed(format!("{} cannot be read", dir.display()), e);
    for entry in fs::read_dir(dir).map_err(|e| cannot(&e))? {
        let path = entry.map_err(|e| cannot(&e))?.path();
        if !path.to_string_lossy().ends_with(PART) {
            continue;
        }
        // What was finished since it was listed has another name, and is no longer locked.
        if let Ok(Some(lock)) = lock(&path)
            && is_still(&path, &lock)
        {
            fs::remove_dir_all(&path).map_err(|e| cannot(&e))?;
        }
    }
    Ok(())
}

/// Whether the path leads to what is locked.
fn is_still(path: &Path, lock: &File) -> bool {
    match (fs::metadata(path), lock.metadata()) {
        (Ok(there), Ok(locked)) => (there.dev(), there.ino()) == (locked.dev(), locked.ino()),
        _ => false,
    }
}

/// The path with something behind its name.
pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// A folder that only its owner can look into.
pub(super) fn private(dir: &Path) -> Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|e| failed(format!("{} cannot be created", dir.display()), &e))
}

/// A new file that only its owner can read.
pub(crate) fn private_file(path: &Path) -> Result<File> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    created.map_err(|e| failed(format!("{} cannot be written", path.display()), &e))
}

/// `2026-11-22T05-30-00Z`.
pub(crate) fn moment(at: OffsetDateTime) -> String {
    format_timestamp(at.replace_nanosecond(0).unwrap_or(at)).replace(':', "-")
}

/// `name`, or with a number behind it where there is one already.
pub(crate) fn free(dir: &Path, name: &str) -> PathBuf {
    let mut path = dir.join(name);
    let mut number = 1;
    while path.exists() {
        number += 1;
        path = dir.join(format!("{name}_{number}"));
    }
    path
}

/// What lies beside the data: the manifest, and what is noted when a run has ended.
const BESIDE: [&str; 3] = [FILE, since::MARK, since::HASHES];

/// The files of a folder and of those in it, by their paths, but for what lies beside the data.
pub(super) fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let cannot = |e: &io::Error| failed(format!("{} cannot be read", dir.display()), e);
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(dir.join(&folder)).map_err(|e| cannot(&e))? {
            let entry = entry.map_err(|e| cannot(&e))?;
            let path = folder.join(entry.file_name());
            if entry.file_type().map_err(|e| cannot(&e))?.is_dir() {
                folders.push(path);
            } else if !BESIDE.iter().any(|name| path == Path::new(name)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The same with size and digest.
pub(super) fn digests(dir: &Path) -> Result<Vec<DataFile>> {
    let digest = |path: PathBuf| {
        let whole = dir.join(&path);
        let cannot = |e: &io::Error| failed(format!("{} cannot be read", whole.display()), e);
        let mut file = File::open(&whole).map_err(|e| cannot(&e))?;
        let mut hasher = Sha256::new();
        let bytes = io::copy(&mut file, &mut hasher).map_err(|e| cannot(&e))?;
        let sha256 = format!("sha256:{}", hex(&hasher.finalize()));
        Ok(DataFile { path: path.display().to_string(), bytes, sha256 })
    };
    files(dir)?.into_iter().map(digest).collect()
}

/// What other programs wrote is as private as what we write.
fn keep_private(dir: &Path) -> Result<()> {
    for path in files(dir)? {
        let path = dir.join(path);
        fs::set_permissions(&path, Permissions::from_mode(0o600))
            .map_err(|e| failed(format!("{} cannot be made private", path.display()), &e))?;
    }
    Ok(())
}

/// Until what is in the folder survives a power cut.
fn sync(dir: &Path) -> Result<()> {
    let cannot = |e: io::Error| failed(format!("{} cannot be written to the disk", dir.display()), &e);
    let mut folders = vec![dir.to_owned()];
    for file in files(dir)?.into_iter().chain([PathBuf::from(FILE)]) {
        let path = dir.join(file);
        if path.exists() {
            sync_one(&path).map_err(cannot)?;
        }
        folders.extend(path.parent().filter(|p| !folders.iter().any(|f| f == p)).map(Path::to_owned));
    }
    folders.iter().try_for_each(|folder| sync_one(folder)).map_err(cannot)
}

fn sync_one(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Refuses to begin what the disk cannot hold.
pub(crate) fn needs_room(dir: &Path, bytes: u64, what: &str) -> Result<()> {
    // The folder may not be there yet; one above it is.
    let Some(stat) = dir.ancestors().find_map(|dir| {
        let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
        rustix::fs::statvfs(dir).ok()
    }) else {
        return Ok(());
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    if free >= bytes {
        return Ok(());
    }
    let mb = |bytes: u64| bytes.div_ceil(1_000_000);
    Err(Error::new(
        ErrorKind::Io,
        format!(
            "{} has {} MB free, and {what} takes about {} MB",
            dir.display(),
            mb(free),
            mb(bytes)
        ),
    )
    .hint("make room, remove old backups (backup --keep N), or name another folder with --dir; nothing was changed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_at_once_each_has_a_folder_of_its_own_and_none_is_taken_for_left_behind() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let dir = dir.path();
                scope.spawn(move || {
                    for round in 0..50 {
                        let part = Part::create(dir, &format!("{thread}-{round}")).unwrap();
                        fs::write(part.path().join("data"), "x").unwrap();
                        std::thread::yield_now();
                        assert!(part.path().join("data").exists());
                        let to = dir.join(format!("done-{thread}-{round}"));
                        part.finish(&to).unwrap();
                        assert!(to.join("data").exists());
                    }
                });
            }
        });
        let left = fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(left, 400);
    }
}
