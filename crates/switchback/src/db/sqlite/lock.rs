//! The operating system's lock on a file beside the database. It only names who is at work: what counts is BEGIN
//! IMMEDIATE and re-reading the history inside it, so a file system without locks costs a name, not safety.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

pub(super) struct FileLock {
    path: PathBuf,
    held: Option<File>,
}

impl FileLock {
    /// `app.db` → `app.db.switchback-lock`. Never deleted: whoever deletes a locked file splits the lock in two.
    pub fn beside(database: PathBuf) -> FileLock {
        let mut path = database.into_os_string();
        path.push(".switchback-lock");
        FileLock { path: PathBuf::from(path), held: None }
    }

    /// False only when another process holds it for certain.
    pub fn try_lock(&mut self) -> bool {
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.path);
        let mut file = match open {
            Ok(file) => file,
            Err(e) => {
                tracing::debug!("no lock file {}: {e}", self.path.display());
                return true;
            }
        };
        match file.try_lock() {
            Ok(()) => {
                let line = format!(
                    "pid {} on {}, since {}\n",
                    std::process::id(),
                    crate::actor::host(),
                    crate::value::format_timestamp(time::OffsetDateTime::now_utc())
                );
                let written = file
                    .set_len(0)
                    .and_then(|()| file.seek(SeekFrom::Start(0)))
                    .and_then(|_| file.write_all(line.as_bytes()));
                if let Err(e) = written {
                    tracing::debug!("the lock file does not name us: {e}");
                }
                self.held = Some(file);
                true
            }
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(e)) => {
                tracing::debug!("no lock on {}: {e}", self.path.display());
                true
            }
        }
    }

    pub fn holder(&self) -> Option<String> {
        let mut text = String::new();
        File::open(&self.path).ok()?.take(500).read_to_string(&mut text).ok()?;
        let line = text.lines().next()?.trim();
        (!line.is_empty()).then(|| line.to_owned())
    }

    pub fn unlock(&mut self) {
        if let Some(file) = self.held.take() {
            // Empty means free; the file itself stays.
            if let Err(e) = file.set_len(0).and_then(|()| file.unlock()) {
                tracing::debug!("unlock: {e}");
            }
        }
    }
}
