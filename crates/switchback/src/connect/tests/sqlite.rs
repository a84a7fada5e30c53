//! Opening SQLite files.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;

use super::server::permit;
use super::show;
use crate::connect::{DatabaseUrl, SqliteTarget, open_sqlite};

fn directory_with_database(journal: &str) -> (TempDir, SqliteTarget) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "journal_mode", journal).unwrap();
    connection.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
    (directory, SqliteTarget::file(path))
}

fn parsed(text: &str) -> SqliteTarget {
    match DatabaseUrl::parse(text) {
        Ok(DatabaseUrl::Sqlite(target)) => target,
        other => panic!("{other:?}"),
    }
}

fn listing(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn refusal(directory: &Path, target: &SqliteTarget, create: bool, read_only: bool) -> String {
    let error = open_sqlite(target, create, read_only).map(|_| ()).unwrap_err();
    show(&error).replace(directory.to_str().unwrap(), "DIR")
}

#[test]
fn a_session_enforces_foreign_keys_and_waits_for_locks() {
    let (_directory, target) = directory_with_database("delete");
    let other = open_sqlite(&target, false, false).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| {
            let connection = open_sqlite(&target, false, false).unwrap();
            connection.pragma_query_value(None, "foreign_keys", |row| row.get::<_, i64>(0)).unwrap()
        });
        // Long enough to have failed, if it did not wait: that nothing happens has no condition.
        std::thread::sleep(Duration::from_millis(300));
        assert!(!waits.is_finished());
        other.execute_batch("COMMIT").unwrap();
        assert_eq!(waits.join().unwrap(), 1);
    });
}

#[test]
fn the_journal_mode_stays_as_it_is_found() {
    for journal in ["wal", "delete"] {
        let (directory, target) = directory_with_database(journal);
        let bytes = fs::read(target.path().unwrap()).unwrap();
        for read_only in [true, false] {
            let connection = open_sqlite(&target, true, read_only).unwrap();
            let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
            assert_eq!(mode, journal);
        }
        assert_eq!(listing(directory.path()), ["app.db"], "{journal}");
        assert_eq!(fs::read(target.path().unwrap()).unwrap(), bytes, "{journal}");
    }
}

#[test]
fn a_missing_file_is_created_only_where_that_was_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let target = SqliteTarget::file(directory.path().join("app.db"));
    let looking = open_sqlite(&target, true, true).unwrap();
    assert_eq!(looking.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get::<_, i64>(0)), Ok(0));
    drop(looking);
    assert!(listing(directory.path()).is_empty());

    let missing = refusal(directory.path(), &target, false, false);
    assert!(listing(directory.path()).is_empty());

    let must_exist = parsed(&format!("sqlite:{}?mode=rw", directory.path().join("app.db").display()));
    let forbidden = refusal(directory.path(), &must_exist, true, false);
    insta::assert_snapshot!(format!("{missing}\n{forbidden}"));
    assert!(listing(directory.path()).is_empty());

    open_sqlite(&target, true, false).unwrap();
    assert_eq!(listing(directory.path()), ["app.db"]);
}

#[test]
fn a_reader_cannot_write() {
    let (_directory, target) = directory_with_database("wal");
    let literal = SqliteTarget { read_only: true, ..target.clone() };
    let immutable = SqliteTarget { read_only: true, immutable: true, ..target.clone() };
    for target in [target, literal, immutable] {
        let connection = open_sqlite(&target, true, true).unwrap();
        assert_eq!(connection.query_row("SELECT a FROM t", [], |r| r.get::<_, i64>(0)), Ok(1));
        connection.execute("INSERT INTO t VALUES (2)", []).unwrap_err();
        connection.execute("CREATE TABLE u (a)", []).unwrap_err();
    }
    open_sqlite(&SqliteTarget::memory(), true, true).unwrap().execute("CREATE TABLE u (a)", []).unwrap_err();
}

#[test]
fn memory_is_shared_where_the_url_says_so() {
    let shared = parsed("file:a b?mode=memory&cache=shared");
    let first = open_sqlite(&shared, true, false).unwrap();
    first.execute_batch("CREATE TABLE t (a)").unwrap();
    open_sqlite(&shared, true, false).unwrap().execute("INSERT INTO t VALUES (1)", []).unwrap();
    let own = open_sqlite(&SqliteTarget::memory(), true, false).unwrap();
    own.execute("INSERT INTO t VALUES (1)", []).unwrap_err();
}

#[test]
fn what_cannot_be_opened_gets_one_clear_sentence() {
    let directory = tempfile::tempdir().unwrap();
    let dir = directory.path();
    let file = |name: &str, content: &[u8]| {
        fs::write(dir.join(name), content).unwrap();
        SqliteTarget::file(dir.join(name))
    };
    let text = file("text.db", "This is no database, but long enough to be one. ".repeat(40).as_bytes());
    let (other, good) = directory_with_database("delete");
    let mut bytes = fs::read(good.path().unwrap()).unwrap();
    // The page of the schema loses its type.
    bytes[100] = 0xee;
    let corrupted = file("corrupted.db", &bytes);
    let asked_for = SqliteTarget { read_only: true, ..good };
    let refusals = [
        refusal(dir, &text, true, false),
        refusal(dir, &text, true, true),
        refusal(dir, &corrupted, true, false),
        refusal(dir, &SqliteTarget::file(dir), true, false),
        refusal(dir, &SqliteTarget::file(dir.join("no/app.db")), true, false),
        refusal(dir, &SqliteTarget::file(dir.join("no/app.db")), true, true),
        refusal(dir, &SqliteTarget::file(dir.join("text.db/app.db")), true, true),
        refusal(other.path(), &asked_for, true, false),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
}

/// Runs `work` without root's right to everything: on Linux, rights are a matter of the thread.
fn as_ordinary_user(work: impl FnOnce() -> String + Send + 'static) -> String {
    let run = move || {
        if rustix::process::geteuid().is_root() {
            let nobody = rustix::process::Uid::from_raw(65534);
            rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
        }
        work()
    };
    std::thread::spawn(run).join().unwrap()
}

#[test]
fn a_file_or_directory_that_cannot_be_written_is_named_and_can_still_be_read() {
    let (directory, target) = directory_with_database("delete");
    let (wal_directory, wal) = directory_with_database("wal");
    let dir = directory.path().to_owned();
    let file = target.path().unwrap().to_owned();
    let wal_dir = wal_directory.path().to_owned();
    let mut texts = Vec::new();
    for (directory_mode, file_mode) in
        [(0o555, 0o666), (0o777, 0o444), (0o555, 0o444), (0o777, 0o000), (0o000, 0o666)]
    {
        permit(&dir, directory_mode);
        permit(&file, file_mode);
        let (dir, target) = (dir.clone(), target.clone());
        texts.push(as_ordinary_user(move || {
            let reading = match open_sqlite(&target, true, true) {
                Ok(connection) => {
                    connection.query_row("SELECT a FROM t", [], |r| r.get::<_, i64>(0)).unwrap().to_string()
                }
                Err(error) => show(&error).replace(dir.to_str().unwrap(), "DIR"),
            };
            let mode = format!("directory {directory_mode:03o}, file {file_mode:03o}");
            format!("{mode}\n    write: {}\n    read: {reading}", refusal(&dir, &target, true, false))
        }));
    }
    permit(&dir, 0o777);
    // What a WAL database needs beside it cannot be created.
    permit(wal.path().unwrap(), 0o444);
    permit(&wal_dir, 0o555);
    texts.push(as_ordinary_user(move || format!("WAL\n    read: {}", refusal(&wal_dir, &wal, true, true))));
    permit(wal_directory.path(), 0o777);
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn a_file_without_content_is_an_empty_database() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("app.db"), "").unwrap();
    open_sqlite(&SqliteTarget::file(directory.path().join("app.db")), false, true).unwrap();
}

#[test]
fn a_database_that_stays_locked_is_named_slow() {
    let (directory, target) = directory_with_database("delete");
    let other = Connection::open(target.path().unwrap()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    insta::assert_snapshot!(refusal(directory.path(), &target, true, true), @"connection: the database DIR/app.db is locked by another process; wait until the other process is done, or end it");
    other.execute_batch("COMMIT").unwrap();
    open_sqlite(&target, true, true).unwrap();
}
