//! The file and what lies beside it: all of its pages at once, the `-wal`, and the rollback journal of a run.

use super::differing::Source;
use super::{Sqlite, error};
use crate::backup::sqlite::{Moment, open, pages};
use crate::connect::wait_for_locks;
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;
use switchback_plan::{Error, ErrorKind, Result};

/// How much of the rollback journal stays between two commits of a run, in bytes.
const KEPT_JOURNAL: i64 = 32 * 1024 * 1024;

/// The page cache of a connection that writes a whole database over, in the unit of `PRAGMA cache_size`: 64 MiB. Whenever it
/// is full the journal is synced: with the usual one of 2 MiB, hundreds of times.
const CACHE_FOR_ALL: i64 = -64 * 1024;

/// The size of pages does not change in WAL mode.
fn refuse_other_pages(conn: &Connection, source: &Connection) -> Result<()> {
    let size = |conn: &Connection| -> Result<i64> {
        conn.pragma_query_value(None, "page_size", |row| row.get(0)).map_err(|e| error(&e))
    };
    let mode: String =
        conn.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(|e| error(&e))?;
    let (is, was) = (size(conn)?, size(source)?);
    if mode != "wal" || is == was {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Refused,
        format!("the database has pages of {is} bytes and the backup of {was}, which SQLite cannot change in WAL mode; nothing was changed"),
    )
    .hint("set PRAGMA journal_mode = delete, run the same command again, and set it to wal"))
}

pub(super) fn cache_for_all(conn: &Connection) -> Result<()> {
    conn.pragma_update(None, "cache_size", CACHE_FOR_ALL).map_err(|e| error(&e))
}

impl Sqlite {
    /// Puts another database, in a file that nobody writes to, over this one, in one transaction; `at` is told of each
    /// moment. The connection is to be closed then, see [`Source::write`].
    pub fn overwrite(
        &mut self,
        data: &Path,
        wait: Duration,
        at: &mut dyn FnMut(Moment) -> Result<()>,
    ) -> Result<()> {
        self.unhurried(|this| match Source::over(&this.conn, data) {
            Some(source) => source.write(&this.conn, wait, &this.interrupt, at),
            None => {
                cache_for_all(&this.conn)?;
                let source = open(data, &this.interrupt)?;
                refuse_other_pages(&this.conn, source.connection())?;
                pages(source.connection(), &mut this.conn, wait, &this.interrupt, at)
            }
        })
    }

    /// Without SQLite's own waiting for others, which nothing ends.
    fn unhurried<T>(&mut self, work: impl FnOnce(&mut Sqlite) -> T) -> T {
        let told = |set: rusqlite::Result<()>| {
            if let Err(e) = set {
                tracing::debug!("how long to wait for locks cannot be set: {e}");
            }
        };
        told(self.conn.busy_timeout(Duration::ZERO));
        let done = work(self);
        told(wait_for_locks(&mut self.conn));
        done
    }

    /// Brings what lies in the `-wal` into the file; false when some of it has to stay there for those who read it.
    pub fn checkpoint(&mut self) -> bool {
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let busy = self.unhurried(|this| this.conn.query_row(sql, [], |row| row.get::<_, i64>(0)));
        matches!(busy, Ok(0))
    }

    /// For the length of a run, the rollback journal is kept from commit to commit, its header overwritten: as safe as
    /// deleting it and creating the next one, which is a third of what a small commit costs. Other connections, and
    /// whoever finds it behind a killed process, see a journal that is not hot; their next commit deletes it.
    pub(super) fn keep_journal(&self) {
        if self.journal_mode().as_deref() == Some("delete") {
            self.set_journal_mode("persist");
            // What one large migration needed is not kept through all that follow.
            if let Err(e) = self.conn.pragma_update(Some("main"), "journal_size_limit", KEPT_JOURNAL) {
                tracing::debug!("journal_size_limit: {e}");
            }
        }
    }

    /// Deletes the journal. A mode that a migration chose stays.
    pub(super) fn drop_journal(&self) {
        if self.journal_mode().as_deref() == Some("persist") {
            self.set_journal_mode("delete");
        }
    }

    fn journal_mode(&self) -> Option<String> {
        self.conn.pragma_query_value(Some("main"), "journal_mode", |row| row.get(0)).ok()
    }

    fn set_journal_mode(&self, mode: &str) {
        // Of our own file alone: one that a migration has attached keeps its mode. Only speed depends on it.
        if let Err(e) = self.conn.pragma_update(Some("main"), "journal_mode", mode) {
            tracing::debug!("journal_mode = {mode}: {e}");
        }
    }
}
