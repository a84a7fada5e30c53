//! A copy of a SQLite database, page by page, through the online backup API: writers may go on.

use super::folder;
use crate::connect::{SqliteTarget, open_sqlite};
use crate::db;
use crate::db::sqlite::{Sqlite, error};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use switchback_plan::{Error, ErrorKind, Result};

/// The name of the copy.
pub(crate) const DATA: &str = "database.sqlite";

/// Pages at a time: between two such steps writers get their turn, and Ctrl-C is heard.
pub(crate) const PAGES: u32 = 4_096;
/// How often a copy begins anew because somebody else wrote, before it is made in one go.
const RESTARTS: u32 = 3;

/// A moment of a copy of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Nobody else can write to the copy's place any more, and nothing was written yet. (Of a source without a single page
    /// it is told before that: the step that locks is the one that commits.)
    Locked,
    /// So many pages of so many.
    Pages(u64, u64),
    /// What is written next is the last of it, and commits.
    Last,
}

/// Waits for others a moment at a time, and in all no longer than that.
pub(crate) struct Patience {
    all: Duration,
    since: Option<Instant>,
}

impl Patience {
    pub fn new(all: Duration) -> Patience {
        Patience { all, since: None }
    }

    /// # Errors
    /// Once it has waited long enough.
    pub fn wait(&mut self) -> Result<()> {
        let since = *self.since.get_or_insert_with(Instant::now);
        if since.elapsed() > self.all {
            return Err(Error::new(
                ErrorKind::Locked,
                "somebody else holds the database, so that it cannot be copied",
            )
            .hint("wait longer with --lock-wait, or see who writes to it"));
        }
        // Short: between two commits of somebody who writes all the time there is not much room.
        std::thread::sleep(Duration::from_millis(1));
        Ok(())
    }
}

/// Copies the whole database into a new file that only its owner can read. It has not reached the disk yet.
pub(super) fn copy(
    from: &Connection,
    to: &Path,
    wait: Duration,
    interrupt: &AtomicBool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<()> {
    // Before SQLite opens it, for it would be readable to all for a moment.
    folder::private_file(to)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut copy = Connection::open_with_flags(to, flags).map_err(|e| error(&e))?;
    // Nobody takes half of it for a database: its folder gets its name, and is synced, once all of it is there.
    copy.pragma_update(None, "synchronous", "off").map_err(|e| error(&e))?;
    pages(from, &mut copy, wait, interrupt, &mut |moment| {
        if let Moment::Pages(done, total) = moment {
            progress(done, total);
        }
        Ok(())
    })
}

/// Copies all pages of one database over those of another, in one transaction of the latter. `at` is told of each moment;
/// where it fails, nothing was changed.
pub(crate) fn pages(
    from: &Connection,
    to: &mut Connection,
    wait: Duration,
    interrupt: &AtomicBool,
    at: &mut dyn FnMut(Moment) -> Result<()>,
) -> Result<()> {
    let backup = Backup::new(from, to).map_err(|e| error(&e))?;
    let (mut left, mut restarts, mut patience) = (i32::MAX, 0, Patience::new(wait));
    let (mut is_locked, mut is_last) = (false, false);
    if size(from)? == 0 {
        // Of an empty database the first step is the last one, whatever it is asked for.
        at(Moment::Locked)?;
        at(Moment::Last)?;
        (is_locked, is_last) = (true, true);
    }
    loop {
        // No page at all takes the lock alone.
        let pages = if !is_locked {
            0
        } else if restarts < RESTARTS {
            PAGES.cast_signed()
        } else {
            -1
        };
        if is_locked && !is_last && (pages < 0 || left <= pages) {
            at(Moment::Last)?;
            is_last = true;
            // That may have taken long, and behind it there is no way back.
            if interrupt.load(Ordering::Relaxed) {
                return Err(db::interrupted());
            }
        }
        match backup.step(pages).map_err(|e| error(&e))? {
            StepResult::Done => return Ok(()),
            StepResult::More => {
                patience = Patience::new(wait);
                if !is_locked {
                    at(Moment::Locked)?;
                    is_locked = true;
                }
            }
            _ => patience.wait()?,
        }
        if interrupt.load(Ordering::Relaxed) {
            return Err(db::interrupted());
        }
        let now = backup.progress();
        restarts += u32::from(now.remaining > left);
        left = now.remaining;
        let done = now.pagecount - now.remaining;
        at(Moment::Pages(
            u64::try_from(done).unwrap_or_default(),
            u64::try_from(now.pagecount).unwrap_or_default(),
        ))?;
    }
}

/// The size of a copy, in bytes.
pub(super) fn size(conn: &Connection) -> Result<u64> {
    let pragma = |name: &str| -> Result<u64> {
        conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0))
            .map(|n| u64::try_from(n).unwrap_or_default())
            .map_err(|e| error(&e))
    };
    Ok(pragma("page_count")?.saturating_mul(pragma("page_size")?))
}

/// Refuses a file in which a quick look finds damage: indexes are not compared with their tables.
pub(super) fn readable(file: &Path, interrupt: &Arc<AtomicBool>) -> Result<()> {
    quickly_sound(open(file, interrupt)?.connection())
}

/// Refuses a file in which SQLite finds damage.
pub(crate) fn sound(file: &Path, interrupt: &Arc<AtomicBool>) -> Result<()> {
    let db = open(file, interrupt)?;
    let said = db.connection().query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0));
    let wrong = match said {
        Ok(said) if said == "ok" => return Ok(()),
        Ok(said) => one_line(&said),
        Err(e) => match error(&e) {
            e if e.kind() == ErrorKind::Interrupted => return Err(e),
            e => e.message().to_owned(),
        },
    };
    Err(Error::new(ErrorKind::Backup, format!("the database is damaged: {wrong}"))
        .hint("a copy would be as damaged as it is: go back to an earlier backup with `restore`"))
}

/// SQLite puts a heading of its own above what it finds.
fn one_line(said: &str) -> String {
    let lines: Vec<&str> = said.lines().filter(|line| !line.starts_with("***")).collect();
    lines.join(", ")
}

/// Refuses a database in which a quick look finds damage.
pub(crate) fn quickly_sound(conn: &Connection) -> Result<()> {
    let said: String =
        conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|e| error(&e))?;
    if said == "ok" {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Database, format!("the database is damaged: {}", one_line(&said)))
        .hint("go back to a backup with `rollback` or `restore`"))
}

/// Opens a copy to look at it: nobody else does, and nothing is to be written beside it.
pub(crate) fn open(copy: &Path, interrupt: &Arc<AtomicBool>) -> Result<Sqlite> {
    let target = SqliteTarget { immutable: true, read_only: true, ..SqliteTarget::file(copy) };
    let conn = open_sqlite(&target, false, true)?;
    // One call of the system a page is a large part of reading a page.
    conn.pragma_update(None, "mmap_size", i32::MAX).map_err(|e| error(&e))?;
    Sqlite::new(conn, None, Arc::clone(interrupt))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(rows: i64, failing: Option<Moment>) -> (Vec<Moment>, Result<()>, i64) {
        let from = Connection::open_in_memory().unwrap();
        if rows > 0 {
            let fill = "CREATE TABLE t (pad); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ";
            from.execute_batch(&format!("{fill}{rows}) INSERT INTO t SELECT zeroblob(4000) FROM n")).unwrap();
        }
        let mut to = Connection::open_in_memory().unwrap();
        to.execute_batch("CREATE TABLE old (x)").unwrap();
        let mut all = Vec::new();
        let never = AtomicBool::new(false);
        let done = pages(&from, &mut to, Duration::ZERO, &never, &mut |moment| {
            if !matches!(moment, Moment::Pages(..)) {
                all.push(moment);
            }
            if failing == Some(moment) { Err(db::interrupted()) } else { Ok(()) }
        });
        let old = to.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'old'", [], |row| row.get(0));
        (all, done, old.unwrap())
    }

    #[test]
    fn whoever_copies_hears_of_the_lock_and_of_the_last_step_before_anything_is_committed() {
        for rows in [0, 1, 2 * i64::from(PAGES)] {
            let (all, done, old) = moments(rows, None);
            assert_eq!(all, [Moment::Locked, Moment::Last], "{rows}");
            assert_eq!((done.is_ok(), old), (true, 0), "{rows}");
        }
    }

    #[test]
    fn who_refuses_the_last_step_has_changed_nothing() {
        for rows in [0, 1, 2 * i64::from(PAGES)] {
            for failing in [Moment::Locked, Moment::Last] {
                let (_, done, old) = moments(rows, Some(failing));
                assert_eq!((done.is_err(), old), (true, 1), "{rows} {failing:?}");
            }
        }
    }
}
