//! A whole database over another one of its shape, where most pages are the same: only those that differ are written, in
//! one transaction. Through the table `sqlite_dbpage`, as SQLite's own `sqlite3_rsync` does.

use super::pages::cache_for_all;
use super::{error, is_busy};
use crate::backup::sqlite::{Moment, PAGES, Patience};
use crate::db::interrupted;
use rusqlite::Connection;
use rusqlite::types::Null;
use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use switchback_plan::{Error, ErrorKind, Result};

/// The length of the header of a database, at the begin of its first page.
const HEADER: usize = 100;
/// What SQLite counts up in the header of the file that it writes: its changes, the changes of its schema, and for
/// which of them the number of pages holds.
pub(crate) const COUNTERS: [Range<usize>; 3] = [24..28, SCHEMA_VERSION, 92..100];
const SCHEMA_VERSION: Range<usize> = 40..44;
/// Whether the file is in WAL mode: the one that is written keeps its own.
pub(crate) const MODE: Range<usize> = 18..20;
/// What two headers have in common where the pages of one file can lie in the other: the magic, the size of a page, what
/// is left free in each, and the encoding of text.
const SHAPE: [Range<usize>; 4] = [0..16, 16..18, 20..21, 56..60];
/// Not 0 where SQLite moves pages when it commits.
const AUTO_VACUUM: Range<usize> = 52..56;
/// SQLite locks bytes from here on, and never uses the page with them.
const PENDING_BYTE: u64 = 0x4000_0000;

/// The file that is written over another, which has the same shape.
pub(super) struct Source<'a> {
    path: &'a Path,
    file: File,
    page: usize,
    pages: u32,
}

/// In what a database differs from the source.
struct Differing {
    /// The numbers of pages that are others, or not there.
    pages: Vec<u32>,
    /// It has more of them.
    longer: bool,
}

impl Source<'_> {
    /// `None` where whole databases have to be copied: this SQLite came without `sqlite_dbpage`, one of the two is empty
    /// or cannot be read, or they have different shapes.
    pub(super) fn over<'a>(conn: &Connection, path: &'a Path) -> Option<Source<'a>> {
        let live: Vec<u8> =
            conn.query_row("SELECT data FROM sqlite_dbpage WHERE pgno = 1", [], |row| row.get(0)).ok()?;
        let file = File::open(path).ok()?;
        let mut header = [0; HEADER];
        file.read_exact_at(&mut header, 0).ok()?;
        let same = |range: &Range<usize>| live.get(range.clone()) == header.get(range.clone());
        let moves = |header: &[u8]| header.get(AUTO_VACUUM) != Some(&[0; 4]);
        if !SHAPE.iter().all(same) || moves(&live) || moves(&header) {
            return None;
        }
        let page = live.len();
        let pages = u32::try_from(file.metadata().ok()?.len() / page as u64).ok()?;
        let whole = header.get(28..32) == Some(&pages.to_be_bytes());
        whole.then_some(Source { path, file, page, pages })
    }

    /// Writes what differs, and commits. `at` is told of each moment; where it fails, nothing was changed.
    ///
    /// The connection is not for reading any more: what SQLite has made of the pages that it had read is not made anew.
    pub(super) fn write(
        &self,
        conn: &Connection,
        wait: Duration,
        interrupt: &AtomicBool,
        at: &mut dyn FnMut(Moment) -> Result<()>,
    ) -> Result<()> {
        patiently(conn, "BEGIN IMMEDIATE", wait, interrupt)?;
        let done = at(Moment::Locked)
            .and_then(|()| self.differing(conn, interrupt, at))
            .and_then(|differing| self.copy(conn, &differing, interrupt))
            .and_then(|()| at(Moment::Last))
            .and_then(|()| patiently(conn, "COMMIT", wait, interrupt));
        if done.is_err()
            && !conn.is_autocommit()
            && let Err(e) = conn.execute_batch("ROLLBACK")
        {
            tracing::warn!(
                "the pages that were written are not taken back before the connection is closed: {e}"
            );
        }
        done
    }

    /// The numbers of the pages that are not the same, or not there.
    fn differing(
        &self,
        conn: &Connection,
        interrupt: &AtomicBool,
        at: &mut dyn FnMut(Moment) -> Result<()>,
    ) -> Result<Differing> {
        let mut differ = Vec::new();
        let mut statement = conn.prepare("SELECT data FROM sqlite_dbpage").map_err(|e| error(&e))?;
        let mut rows = statement.query([]).map_err(|e| error(&e))?;
        let mut reader = BufReader::with_capacity(1 << 20, &self.file);
        reader.rewind().map_err(|e| self.unread(&e))?;
        let mut theirs = vec![0; self.page];
        for number in 1..=self.pages {
            reader.read_exact(&mut theirs).map_err(|e| self.unread(&e))?;
            let row = rows.next().map_err(|e| error(&e))?;
            let ours = row.map(|row| row.get_ref(0)).transpose().map_err(|e| error(&e))?;
            let ours = ours.and_then(|data| data.as_blob().ok()).unwrap_or_default();
            if number == 1 {
                keep(&mut theirs, ours);
            }
            if ours != theirs && !self.is_pending(number) {
                differ.push(number);
            }
            if number % PAGES == 0 || number == self.pages {
                at(Moment::Pages(u64::from(number), u64::from(self.pages)))?;
                heard(interrupt)?;
            }
        }
        let longer = rows.next().map_err(|e| error(&e))?.is_some();
        Ok(Differing { pages: differ, longer })
    }

    /// Writes those pages, and lets go of what the database has behind the last one of the source.
    fn copy(&self, conn: &Connection, differing: &Differing, interrupt: &AtomicBool) -> Result<()> {
        if differing.pages.is_empty() && !differing.longer {
            return Ok(());
        }
        let (first, version): (Vec<u8>, i32) = conn
            .query_row(
                "SELECT data, schema_version FROM sqlite_dbpage, pragma_schema_version WHERE pgno = 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .map_err(|e| error(&e))?;
        // Not before: what was only compared need not stay.
        cache_for_all(conn)?;
        let mut insert =
            conn.prepare("INSERT INTO sqlite_dbpage (pgno, data) VALUES (?1, ?2)").map_err(|e| error(&e))?;
        let mut page = vec![0; self.page];
        for number in &differing.pages {
            heard(interrupt)?;
            let offset = u64::from(number - 1) * self.page as u64;
            self.file.read_exact_at(&mut page, offset).map_err(|e| self.unread(&e))?;
            if *number == 1 {
                keep(&mut page, &first);
            }
            insert.execute((number, &page)).map_err(|e| error(&e))?;
        }
        if differing.longer {
            // NULL: this page and all behind it are no longer part of the file. Only as the last one that is written.
            insert.execute((i64::from(self.pages) + 1, Null)).map_err(|e| error(&e))?;
        }
        // Everybody reads the schema anew; not before the end, for this connection would too.
        conn.pragma_update(None, "schema_version", version.wrapping_add(1)).map_err(|e| error(&e))
    }

    fn is_pending(&self, number: u32) -> bool {
        u64::from(number) == PENDING_BYTE / self.page as u64 + 1
    }

    fn unread(&self, e: &std::io::Error) -> Error {
        Error::new(ErrorKind::Io, format!("{} cannot be read: {e}", self.path.display()))
    }
}

/// Puts the counters and the mode of a first page into another.
fn keep(page: &mut [u8], of: &[u8]) {
    for range in COUNTERS.into_iter().chain([MODE]).filter(|range| range.end <= of.len()) {
        page[range.clone()].copy_from_slice(&of[range]);
    }
}

fn heard(interrupt: &AtomicBool) -> Result<()> {
    if interrupt.load(Ordering::Relaxed) { Err(interrupted()) } else { Ok(()) }
}

/// Carries out what others may have to be waited for.
fn patiently(conn: &Connection, sql: &str, wait: Duration, interrupt: &AtomicBool) -> Result<()> {
    let mut patience = Patience::new(wait);
    loop {
        heard(interrupt)?;
        match conn.execute_batch(sql) {
            Err(e) if is_busy(&e) => patience.wait()?,
            done => return done.map_err(|e| error(&e)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;
    use std::path::PathBuf;

    static NEVER: AtomicBool = AtomicBool::new(false);

    /// A database and what is to be put over it, in a folder of their own.
    struct Pair {
        dir: tempfile::TempDir,
    }

    impl Pair {
        /// `live` and `source` are carried out in a database that both begin with.
        fn new(mode: &str, begin: &str, live: &str, source: &str) -> Pair {
            let pair = Pair { dir: tempfile::tempdir().unwrap() };
            let conn = pair.live();
            conn.execute_batch(begin).unwrap();
            conn.execute_batch(&format!("PRAGMA journal_mode = {mode}")).unwrap();
            drop(conn);
            fs::copy(pair.path("live"), pair.path("source")).unwrap();
            Connection::open(pair.path("source"))
                .and_then(|conn| conn.execute_batch(&format!("PRAGMA journal_mode = delete; {source}")))
                .unwrap();
            pair.live().execute_batch(live).unwrap();
            pair
        }

        fn path(&self, name: &str) -> PathBuf {
            self.dir.path().join(name)
        }

        fn live(&self) -> Connection {
            let conn = Connection::open(self.path("live")).unwrap();
            conn.busy_timeout(Duration::ZERO).unwrap();
            conn
        }

        fn write(&self, conn: &Connection, failing: Option<Moment>) -> Result<()> {
            let source = self.path("source");
            let source = Source::over(conn, &source).unwrap();
            source.write(conn, Duration::from_millis(50), &NEVER, &mut |moment| {
                if failing == Some(moment) { Err(interrupted()) } else { Ok(()) }
            })
        }

        /// The bytes of a file, without what is no part of what is in it.
        fn bytes(&self, name: &str) -> Vec<u8> {
            let mut bytes = fs::read(self.path(name)).unwrap();
            for range in COUNTERS.into_iter().chain([MODE]) {
                bytes[range].fill(0);
            }
            bytes
        }
    }

    fn said(conn: &Connection, sql: &str) -> Vec<String> {
        let mut statement = conn.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    }

    const SCHEMA: &str = "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name";

    /// Something that changes few pages, many, the schema, the length of the file, or nothing.
    fn change() -> impl Strategy<Value = String> {
        let one = prop_oneof![
            (0_u32..900).prop_map(|id| format!("UPDATE t SET v = 'changed' WHERE id = {id};")),
            (1_u32..60).prop_map(|n| format!(
                "INSERT INTO t (v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n}) \
                 SELECT hex(randomblob(600)) FROM n;"
            )),
            (0_u32..900).prop_map(|id| format!("DELETE FROM t WHERE id > {id};")),
            (0_u32..50).prop_map(|n| format!("CREATE TABLE IF NOT EXISTS t{n} (id INTEGER PRIMARY KEY, v TEXT UNIQUE);")),
            (0_u32..9).prop_map(|n| format!("CREATE INDEX IF NOT EXISTS i{n} ON t (v, {n});")),
            Just("DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, more TEXT);".to_owned()),
            Just("VACUUM;".to_owned()),
        ];
        prop::collection::vec(one, 0..6).prop_map(|all| all.concat())
    }

    fn rows(n: u32) -> String {
        format!(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
             INSERT INTO t (v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n})
               SELECT hex(randomblob(300)) FROM n;"
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn the_result_is_the_source_byte_for_byte_and_whoever_is_connected_sees_it(
            n in 1_u32..900, live in change(), source in change(), wal in any::<bool>(),
        ) {
            let mode = if wal { "wal" } else { "delete" };
            let pair = Pair::new(mode, &rows(n), &live, &source);
            let other = pair.live();
            let _ = (said(&other, SCHEMA), said(&other, "SELECT v FROM t"));
            pair.write(&pair.live(), None).unwrap();
            let source = Connection::open(pair.path("source")).unwrap();
            for conn in [&other, &pair.live()] {
                prop_assert_eq!(said(conn, SCHEMA), said(&source, SCHEMA));
                prop_assert_eq!(said(conn, "SELECT id || v FROM t"), said(&source, "SELECT id || v FROM t"));
                prop_assert_eq!(said(conn, "PRAGMA integrity_check"), ["ok"]);
                prop_assert_eq!(said(conn, "PRAGMA journal_mode"), [mode]);
            }
            other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
            prop_assert!(pair.bytes("live") == pair.bytes("source"));
        }

        #[test]
        fn whoever_refuses_a_moment_has_changed_nothing(
            n in 1_u32..900, live in change(), source in change(), wal in any::<bool>(), last in any::<bool>(),
        ) {
            let pair = Pair::new(if wal { "wal" } else { "delete" }, &rows(n), &live, &source);
            let (writer, conn) = (pair.live(), pair.live());
            let before = (said(&conn, SCHEMA), said(&conn, "SELECT id || v FROM t"));
            let refused = pair.write(&writer, Some(if last { Moment::Last } else { Moment::Locked }));
            prop_assert_eq!(refused.unwrap_err().kind(), ErrorKind::Interrupted);
            prop_assert_eq!(before, (said(&conn, SCHEMA), said(&conn, "SELECT id || v FROM t")));
            prop_assert!(writer.is_autocommit());
        }
    }

    #[test]
    fn whoever_wrote_tells_its_own_checkpoint_from_what_others_write() {
        for mode in ["wal", "delete"] {
            let pair = Pair::new(mode, &rows(50), "DELETE FROM t WHERE id > 10", "");
            let (writer, other) = (pair.live(), pair.live());
            let seen =
                || -> i64 { writer.pragma_query_value(None, "data_version", |row| row.get(0)).unwrap() };
            let before = seen();
            pair.write(&writer, None).unwrap();
            let _ = writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            assert_eq!(seen(), before, "{mode}");
            other.execute_batch("DELETE FROM t").unwrap();
            assert_ne!(seen(), before, "{mode}");
        }
    }

    #[test]
    fn only_what_differs_is_written() {
        let pair = Pair::new("wal", &rows(5_000), "UPDATE t SET v = 'changed' WHERE id = 2500", "");
        let conn = pair.live();
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        pair.write(&conn, None).unwrap();
        let frames = fs::metadata(pair.path("live-wal")).unwrap().len() / 4_096;
        assert!((2..=6).contains(&frames), "{frames}");
    }

    #[test]
    fn what_is_the_same_is_not_written_at_all() {
        let pair = Pair::new("delete", &rows(100), "", "");
        let before = fs::read(pair.path("live")).unwrap();
        pair.write(&pair.live(), None).unwrap();
        assert!(fs::read(pair.path("live")).unwrap() == before);
    }

    #[test]
    fn a_reader_goes_on_until_the_commit_and_where_it_stays_nothing_is_changed() {
        let pair = Pair::new("delete", &rows(900), "DELETE FROM t WHERE id > 10", "");
        let (conn, reader) = (pair.live(), pair.live());
        reader.execute_batch("BEGIN").unwrap();
        assert_eq!(said(&reader, "SELECT v FROM t").len(), 10);
        let refused = pair.write(&conn, None).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Locked);
        assert_eq!(said(&reader, "SELECT v FROM t").len(), 10);
        reader.execute_batch("COMMIT").unwrap();
        assert_eq!(said(&pair.live(), "SELECT v FROM t").len(), 10);
        pair.write(&pair.live(), None).unwrap();
        assert_eq!(said(&reader, "SELECT v FROM t").len(), 900);
    }

    #[test]
    fn a_shorter_source_that_had_to_wait_for_a_reader_cuts_the_file_all_the_same() {
        let pair = Pair::new("delete", &rows(100), &rows(900).replace(" t ", " more "), "");
        let (conn, reader) = (pair.live(), pair.live());
        reader.execute_batch("BEGIN").unwrap();
        said(&reader, SCHEMA);
        let source = pair.path("source");
        std::thread::scope(|scope| {
            let (sent, last) = std::sync::mpsc::channel();
            let written = scope.spawn(move || {
                let source = Source::over(&conn, &source).unwrap();
                source.write(&conn, Duration::from_secs(20), &NEVER, &mut |moment| {
                    if moment == Moment::Last {
                        sent.send(()).unwrap();
                    }
                    Ok(())
                })
            });
            if last.recv().is_err() {
                panic!("{:?}", written.join().unwrap());
            }
            // The journal is there once the commit was tried.
            while !pair.path("live-journal").exists() {
                std::thread::yield_now();
            }
            reader.execute_batch("COMMIT").unwrap();
            written.join().unwrap().unwrap();
        });
        assert!(pair.bytes("live") == pair.bytes("source"));
        assert_eq!(said(&pair.live(), "PRAGMA integrity_check"), ["ok"]);
    }

    #[test]
    fn another_shape_is_left_to_those_who_copy_whole_databases() {
        let fits = |begin: &str, source: &str| {
            let pair = Pair::new("delete", &format!("{begin}; {}", rows(10)), "", source);
            let path = pair.path("source");
            Source::over(&pair.live(), &path).is_some()
        };
        assert!(fits("", "DELETE FROM t"));
        assert!(!fits("", "PRAGMA page_size = 8192; VACUUM"));
        assert!(!fits("", "PRAGMA auto_vacuum = full; VACUUM"));
        assert!(!fits("PRAGMA auto_vacuum = incremental", ""));
        let pair = Pair::new("delete", &rows(10), "", "");
        fs::remove_file(pair.path("source")).unwrap();
        let utf16 = "PRAGMA encoding = 'UTF-16'; CREATE TABLE t (v)";
        Connection::open(pair.path("source")).and_then(|conn| conn.execute_batch(utf16)).unwrap();
        assert!(Source::over(&pair.live(), &pair.path("source")).is_none());
        let empty = Connection::open_in_memory().unwrap();
        assert!(Source::over(&empty, &pair.path("source")).is_none());
        fs::write(pair.path("source"), &fs::read(pair.path("live")).unwrap()[..4_096]).unwrap();
        assert!(Source::over(&pair.live(), &pair.path("source")).is_none(), "half of a file");
    }
}
