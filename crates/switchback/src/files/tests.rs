//! Directories as they are found in the wild.

use super::*;
use rusqlite::fallible_iterator::FallibleIterator as _;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use switchback_plan::source::parse;
use switchback_plan::{Body, MigrationSet, Script};
use tempfile::TempDir;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The sets in this repository and who reads them.
const SETS: [(&str, &[Dialect]); 4] = [
    ("migrations/dashboard", &[Dialect::Sqlite]),
    ("migrations/journal", &Dialect::ALL),
    ("migrations/orchestrator", &Dialect::ALL),
    ("tests/corpus/history-300", &Dialect::ALL),
];

fn set(dir: &Path, dialect: Dialect) -> MigrationSet {
    let files = read_dir(dir).unwrap_or_else(|e| panic!("{e}"));
    parse("db", dialect, i32::MAX.into(), &files).unwrap_or_else(|e| panic!("{e}"))
}

fn directory(files: &[&str]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for file in files {
        let path = dir.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "SELECT 1;").unwrap();
    }
    dir
}

fn paths(files: &[SourceFile]) -> Vec<&str> {
    files.iter().map(|f| &*f.path).collect()
}

fn refusal(dir: &Path) -> String {
    let error = read_dir(dir).expect_err("refused");
    assert!(error.location().is_some());
    error.to_string().replace(&dir.display().to_string(), "DIR")
}

#[test]
fn the_sets_of_this_repository_are_read_the_same_with_and_without_the_other_dialect() {
    for (path, dialects) in SETS {
        for dialect in dialects {
            let all = set(&repository(path), *dialect);
            let own = read_dir_for(&repository(path), *dialect).unwrap();
            let own = parse("db", *dialect, i32::MAX.into(), &own).unwrap();
            assert_eq!(format!("{all:?}"), format!("{own:?}"));
            assert!(!all.migrations.is_empty());
        }
    }
}

#[test]
fn sqlite_ends_statements_where_we_do() {
    for (path, dialects) in SETS {
        if !dialects.contains(&Dialect::Sqlite) {
            continue;
        }
        let database = rusqlite::Connection::open_in_memory().unwrap();
        crate::db::sqlite::uuid::register(&database).unwrap();
        let set = set(&repository(path), Dialect::Sqlite);
        let ups = set.migrations.iter().map(|m| &m.up);
        let downs = set.migrations.iter().rev().filter_map(|m| m.down.body());
        for body in ups.chain(downs) {
            let Body::Sql(script) = body else { break };
            compare(&database, script);
        }
    }
}

/// Executes a script statement by statement, each prepared by SQLite from the whole rest.
fn compare(database: &rusqlite::Connection, script: &Script) {
    let ours = switchback_plan::lex::statements(Dialect::Sqlite, &script.text, 0..script.text.len());
    database.pragma_update(None, "foreign_keys", true).unwrap();
    let mut ours = ours.iter().map(|s| &script.text[s.span.clone()]);
    let mut batch = rusqlite::Batch::new(database, &script.text);
    while let Some(mut statement) = batch.next().unwrap_or_else(|e| panic!("{}: {e}", script.file)) {
        let theirs = statement.expanded_sql().unwrap_or_default();
        let our = ours.next().unwrap_or_else(|| panic!("{}: SQLite goes on with {theirs}", script.file));
        let words = |text: &str| text.trim_end_matches(';').split_whitespace().collect::<Vec<_>>().join(" ");
        if statement.parameter_count() == 0 {
            assert!(words(&theirs).ends_with(&words(our)), "{}: {theirs} | {our}", script.file);
        }
        // All keys in one batch: numbers come first in SQLite's order, blobs last.
        if let Some(from) = statement.parameter_index(":from").unwrap() {
            statement.raw_bind_parameter(from, i64::MIN).unwrap();
        }
        if let Some(upto) = statement.parameter_index(":upto").unwrap() {
            statement.raw_bind_parameter(upto, [0xff_u8; 64]).unwrap();
        }
        let mut rows = statement.raw_query();
        loop {
            match rows.next() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                // Rows that only stepped, hoisted or interleaved migrations satisfy are not what is compared here.
                Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => break,
                Err(e) => panic!("{}: {e}", script.file),
            }
        }
    }
    assert_eq!(ours.next(), None, "{}", script.file);
}

#[test]
fn files_come_sorted_folders_included_and_hidden_ones_left_out() {
    let dir = directory(&[
        "V2__b/up.sql",
        "V10__c.sql",
        "V1__a.sql",
        ".git/config",
        "V2__b/.DS_Store",
        "README.md",
    ]);
    fs::create_dir(dir.path().join("V3__empty")).unwrap();
    let files = read_dir(dir.path()).unwrap();
    assert_eq!(paths(&files), ["README.md", "V10__c.sql", "V1__a.sql", "V2__b/up.sql", "V3__empty/"]);
    assert_eq!(&*files[0].content, b"", "what nobody looks at is not read");
    assert_eq!(&*files[1].content, b"SELECT 1;");
    fs::create_dir(dir.path().join("V4__only_hidden")).unwrap();
    fs::write(dir.path().join("V4__only_hidden/.gitkeep"), "").unwrap();
    assert_eq!(paths(&read_dir(dir.path()).unwrap()).last(), Some(&"V4__only_hidden/"));
}

#[test]
fn the_other_dialect_stays_unread() {
    let dir = directory(&["V1__a/up.sqlite.sql", "V1__a/up.postgres.sql", "V1__a/down.sql"]);
    let files = read_dir_for(dir.path(), Dialect::Postgres).unwrap();
    assert_eq!(paths(&files), ["V1__a/down.sql", "V1__a/up.postgres.sql", "V1__a/up.sqlite.sql"]);
    assert_eq!(files.iter().map(|f| f.content.len()).collect::<Vec<_>>(), [9, 9, 0]);
}

#[test]
fn links_are_followed_unless_they_lead_back() {
    let dir = directory(&["set/V1__a.sql", "elsewhere/V2__b.sql"]);
    let set = dir.path().join("set");
    symlink("../elsewhere", set.join("more")).unwrap();
    symlink("V1__a.sql", set.join("V3__c.sql")).unwrap();
    assert_eq!(paths(&read_dir(&set).unwrap()), ["V1__a.sql", "V3__c.sql", "more/V2__b.sql"]);
    // The directory itself may be a link.
    symlink("set", dir.path().join("link")).unwrap();
    assert_eq!(read_dir(&dir.path().join("link")).unwrap().len(), 3);
    symlink("../set", dir.path().join("elsewhere/back")).unwrap();
    assert!(refusal(&set).contains("the symbolic link leads back to"), "{}", refusal(&set));
    fs::remove_file(dir.path().join("elsewhere/back")).unwrap();
    symlink("nowhere", set.join("V4__d.sql")).unwrap();
    assert!(refusal(&set).contains("leads nowhere; delete it, or correct its target"), "{}", refusal(&set));
    fs::remove_file(set.join("V4__d.sql")).unwrap();
    symlink("self", set.join("self")).unwrap();
    assert!(refusal(&set).contains("cannot be read"), "{}", refusal(&set));
}

#[test]
fn what_cannot_be_read_is_said_with_what_to_do() {
    let dir = directory(&[]);
    insta::assert_snapshot!(
        refusal(dir.path()),
        @"DIR: the directory DIR holds no migrations; write the first one with `new NAME`, or name the directory that holds them"
    );
    insta::assert_snapshot!(
        refusal(&dir.path().join("missing")),
        @"DIR: the directory of migrations DIR does not exist; create it with the first migration (`new NAME`), or name the right one with `--migrations`"
    );
    fs::write(dir.path().join("V1__a.sql"), "").unwrap();
    insta::assert_snapshot!(
        refusal(&dir.path().join("V1__a.sql")),
        @"DIR: DIR is no directory; name the directory that holds the migrations"
    );
    fs::write(dir.path().join(OsStr::from_bytes(b"V2__\xff.sql")), "").unwrap();
    insta::assert_snapshot!(
        refusal(dir.path()),
        @r#"DIR: the file name "V2__\xFF.sql" is not valid UTF-8; rename the file"#
    );
}

#[test]
fn what_is_no_file_is_refused() {
    let dir = directory(&["V1__a.sql"]);
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("V2__b.sql")).unwrap();
    assert!(refusal(dir.path()).contains("neither a file nor a folder"), "{}", refusal(dir.path()));
}

#[test]
fn many_files_are_read_by_several_threads_in_the_same_order() {
    let names: Vec<String> = (1..600)
        .map(|i| if i % 2 == 0 { format!("V{i}__a.sql") } else { format!("V{i}__a/up.sql") })
        .collect();
    let dir = directory(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let files = read_dir(dir.path()).unwrap();
    assert_eq!(files.len(), names.len());
    assert!(files.iter().all(|f| &*f.content == b"SELECT 1;"));
    let top = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
    assert!(files.is_sorted_by_key(|f| top(&f.path)));
    symlink("nowhere", dir.path().join("V300__b.sql")).unwrap();
    assert!(refusal(dir.path()).contains("V300__b.sql leads nowhere"), "{}", refusal(dir.path()));
}
