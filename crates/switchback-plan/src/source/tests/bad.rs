//! Every bad input gets one clear sentence, with file and line and what was expected.

use super::*;

type Files = &'static [(&'static str, &'static str)];

const OK: (&str, &str) = ("V1__a.sql", "SELECT 1;");

/// What is wrong, the dialect that reads it, the files.
const TABLE: &[(&str, Dialect, Files)] = {
    use Dialect::{Postgres, Sqlite};
    &[
        // names
        ("unknown file", Sqlite, &[OK, ("notes.txt", "")]),
        (
            "unknown file in a migration",
            Sqlite,
            &[("V1__a/up.sql", "SELECT 1"), ("V1__a/down.sql", "SELECT 1"), ("V1__a/notes.md", "")],
        ),
        ("unknown dialect", Sqlite, &[("V1__a/up.mysql.sql", "SELECT 1")]),
        ("editor's copy", Sqlite, &[OK, ("V1__a.sql~", "")]),
        ("empty folder", Sqlite, &[OK, ("V2__b/", "")]),
        ("folder in a migration", Sqlite, &[("V1__a/old/up.sql", "SELECT 1")]),
        ("migration not at the top", Sqlite, &[("2024/V1__a/up.sql", "SELECT 1")]),
        ("up.sql at the top", Sqlite, &[("up.sql", "SELECT 1")]),
        ("lower-case v of a folder", Sqlite, &[("v1__a/up.sql", "SELECT 1")]),
        ("lower-case v of a file", Sqlite, &[("v1__a.sql", "SELECT 1")]),
        ("capital letters in a folder", Sqlite, &[("V1__AddUsers/up.sql", "SELECT 1")]),
        ("U folder", Sqlite, &[("U1__a/up.sql", "SELECT 1")]),
        ("one underscore, folder", Sqlite, &[("V1_a/up.sql", "SELECT 1")]),
        ("one underscore, file", Sqlite, &[("V1_a.sql", "SELECT 1")]),
        ("no name", Sqlite, &[("V1__.sql", "SELECT 1")]),
        ("a name with a hyphen", Sqlite, &[("V1__add-users.sql", "SELECT 1")]),
        ("no name, folder", Sqlite, &[("V1__/up.sql", "SELECT 1")]),
        ("some folder with SQL", Sqlite, &[("things/up.sql", "SELECT 1")]),
        ("Up.sql", Sqlite, &[("V1__a/Up.sql", "SELECT 1"), ("V1__a/down.sql", "SELECT 1")]),
        ("up.SQLite.sql", Sqlite, &[("V1__a/up.SQLite.sql", "SELECT 1")]),
        ("V1__a.SQL", Sqlite, &[("V1__a.SQL", "SELECT 1")]),
        ("a fraction", Sqlite, &[("V1.1__a.sql", "SELECT 1")]),
        ("refinery's Rust", Sqlite, &[("V1__a.rs", "pub fn migration() -> String { String::new() }")]),
        (
            "flat file in a migration's folder",
            Sqlite,
            &[("V1__a/up.sql", "SELECT 1"), ("V1__a/down.sql", "SELECT 1"), ("V1__a/V2__b.sql", "SELECT 1")],
        ),
        ("switchback.lock elsewhere", Sqlite, &[OK, ("sub/switchback.lock", "")]),
        // versions
        ("version 0 of a folder", Sqlite, &[("V0__a/up.sql", "SELECT 1"), ("V0__a/down.sql", "SELECT 1")]),
        (
            "beyond the width, folder",
            Sqlite,
            &[("V2147483648__a/up.sql", "SELECT 1"), ("V2147483648__a/down.sql", "SELECT 1")],
        ),
        ("beyond the width, file", Sqlite, &[("V99999999999999999999__a.sql", "SELECT 1")]),
        ("duplicate of other names", Sqlite, &[OK, ("V1__b.sql", "SELECT 1")]),
        (
            "duplicate of V1 and V0001",
            Sqlite,
            &[
                ("V0001__a/up.sql", "SELECT 1"),
                ("V0001__a/down.sql", "SELECT 1"),
                ("V1__a/up.sql", "SELECT 1"),
                ("V1__a/down.sql", "SELECT 1"),
            ],
        ),
        (
            "duplicate of flat and folder",
            Sqlite,
            &[OK, ("V0001__a/up.sql", "SELECT 1"), ("V0001__a/down.sql", "SELECT 1")],
        ),
        ("duplicate of V and U", Sqlite, &[OK, ("U1__a.sql", "SELECT 1")]),
        ("duplicate in nested folders", Sqlite, &[OK, ("sub/V01__a.sql", "SELECT 1")]),
        // pairs
        ("up without down", Sqlite, &[("V1__a/up.sql", "SELECT 1")]),
        ("down without up", Sqlite, &[("V1__a/down.sql", "SELECT 1")]),
        (
            "one dialect's down is missing",
            Sqlite,
            &[
                ("V1__a/up.sqlite.sql", "SELECT 1"),
                ("V1__a/up.postgres.sql", "SELECT 1"),
                ("V1__a/down.postgres.sql", "SELECT 1"),
            ],
        ),
        (
            "the other dialect's down is missing",
            Postgres,
            &[
                ("V1__a/up.sqlite.sql", "SELECT 1"),
                ("V1__a/up.postgres.sql", "SELECT 1"),
                ("V1__a/down.postgres.sql", "SELECT 1"),
            ],
        ),
        (
            "the other dialect's up is missing",
            Postgres,
            &[
                ("V1__a/down.sqlite.sql", "SELECT 1"),
                ("V1__a/up.postgres.sql", "SELECT 1"),
                ("V1__a/down.postgres.sql", "SELECT 1"),
            ],
        ),
        (
            "up of one, down of both",
            Sqlite,
            &[("V1__a/up.postgres.sql", "SELECT 1"), ("V1__a/down.sql", "SELECT 1")],
        ),
        (
            "only the other dialect",
            Sqlite,
            &[("V1__a/up.postgres.sql", "SELECT 1"), ("V1__a/down.postgres.sql", "SELECT 1")],
        ),
        (
            "only the other dialect, irreversible",
            Postgres,
            &[("V1__a/up.sqlite.sql", "SELECT 1"), ("V1__a/migration.toml", "irreversible = 'so'")],
        ),
        (
            "general and dialect's own",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                ("V1__a/up.sqlite.sql", "SELECT 1"),
                ("V1__a/down.sql", "SELECT 1"),
            ],
        ),
        (
            "checks twice",
            Postgres,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                ("V1__a/down.sql", "SELECT 1"),
                ("V1__a/checks.sql", "SELECT 1"),
                ("V1__a/checks.sqlite.sql", "SELECT 1"),
            ],
        ),
        (
            "irreversible with a down",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                ("V1__a/down.sql", "SELECT 1"),
                ("V1__a/migration.toml", "irreversible = 'so'"),
            ],
        ),
        ("flat down without up", Sqlite, &[OK, ("V2__b.down.sql", "SELECT 1")]),
        ("flat down with another name", Sqlite, &[OK, ("V1__b.down.sql", "SELECT 1")]),
        ("flat down in another folder", Sqlite, &[OK, ("sub/V1__a.down.sql", "SELECT 1")]),
        (
            "SQL and Rust",
            Sqlite,
            &[("V1__a/up.sql", "SELECT 1"), ("V1__a/migration.rs", "fn up() {} fn down() {}")],
        ),
        ("settings alone", Sqlite, &[("V1__a/migration.toml", "description = 'x'")]),
        ("checks alone", Sqlite, &[("V1__a/checks.sql", "SELECT 1")]),
        (
            "operations that are not sealed",
            Sqlite,
            &[("V1__a/migration.toml", "[[operation]]\ntype = 'sql'\nup = ''\ndown = ''")],
        ),
        (
            "operations sealed for the other dialect only",
            Sqlite,
            &[
                ("V1__a/migration.toml", "[[operation]]\ntype = 'sql'\nup = ''\ndown = ''"),
                ("V1__a/up.postgres.sql", "SELECT 1"),
                ("V1__a/down.postgres.sql", "SELECT 1"),
            ],
        ),
        // content
        ("empty file", Sqlite, &[("V1__a.sql", "")]),
        ("white space", Sqlite, &[("V1__a/up.sql", "SELECT 1"), ("V1__a/down.sql", " \n\t\r\n")]),
        ("a semicolon", Sqlite, &[("V1__a.sql", "\n;\n")]),
        ("byte order mark", Sqlite, &[("V1__a.sql", "\u{feff}SELECT 1;")]),
        (
            "byte order mark in TOML",
            Sqlite,
            &[("V1__a/up.sql", "SELECT 1"), ("V1__a/migration.toml", "\u{feff}irreversible = 'x'")],
        ),
        ("NUL", Postgres, &[("V1__a.sql", "SELECT 1;\nSELECT '\0';")]),
        ("psql", Postgres, &[("V1__a.sql", "SELECT 1;\n\\restrict abc\nSELECT 2;")]),
        (
            "COPY FROM stdin",
            Postgres,
            &[("V1__a.sql", "CREATE TABLE t (x int);\nCOPY public.t (x) FROM stdin;\n1\n\\.\n")],
        ),
        // transactions
        ("BEGIN", Sqlite, &[("V1__a.sql", "-- Why.\nBEGIN;\nSELECT 1;\nCOMMIT;")]),
        (
            "BEGIN TRANSACTION",
            Sqlite,
            &[("V1__a/up.sql", "begin immediate transaction; SELECT 1"), ("V1__a/down.sql", "SELECT 1")],
        ),
        ("COMMIT", Postgres, &[("V1__a.sql", "SELECT 1;\n  COMMIT;")]),
        ("END", Sqlite, &[("V1__a.sql", "SELECT 1;\nEND;")]),
        ("ROLLBACK", Postgres, &[("V1__a.sql", "SELECT 1;\nROLLBACK WORK;")]),
        ("ABORT", Postgres, &[("V1__a.sql", "ABORT")]),
        (
            "START TRANSACTION",
            Postgres,
            &[("V1__a.sql", "START /* now */ TRANSACTION ISOLATION LEVEL SERIALIZABLE")],
        ),
        ("PREPARE TRANSACTION", Postgres, &[("V1__a.sql", "PREPARE TRANSACTION 'x'")]),
        (
            "foreign keys off outside a transaction",
            Sqlite,
            &[("V1__a.sql", "-- switchback: step a no-transaction\nPRAGMA foreign_keys = OFF;")],
        ),
        (
            "COMMIT in a batch",
            Postgres,
            &[("V1__a.sql", "-- switchback: step a batch table=t key=id\nCOMMIT;")],
        ),
        // directives
        ("unknown directive", Sqlite, &[("V1__a.sql", "SELECT 1;\n-- switchback: stepp a\nSELECT 2;")]),
        ("directive without a word", Sqlite, &[("V1__a.sql", "-- switchback:\nSELECT 2;")]),
        ("directive in capitals", Sqlite, &[("V1__a.sql", "-- Switchback: step a\nSELECT 2;")]),
        (
            "directive behind a statement",
            Sqlite,
            &[("V1__a.sql", "-- switchback: step a\nSELECT 1; -- switchback: step b\nSELECT 2;")],
        ),
        (
            "directive inside a statement",
            Sqlite,
            &[("V1__a.sql", "-- switchback: step a\nSELECT 1\n-- switchback: step b\nSELECT 2;")],
        ),
        (
            "directive inside a statement, behind another comment in it",
            Sqlite,
            &[("V1__a.sql", "-- switchback: step a\nSELECT 1 -- one\n-- switchback: step b\nSELECT 2;")],
        ),
        (
            "directive inside a trigger",
            Sqlite,
            &[(
                "V1__a.sql",
                "CREATE TRIGGER t AFTER INSERT ON x BEGIN\nSELECT 1;\n-- switchback: step b\nSELECT 2; END;",
            )],
        ),
        ("step without a name", Sqlite, &[("V1__a.sql", "-- switchback: step\nSELECT 1;")]),
        ("step with a bad name", Sqlite, &[("V1__a.sql", "-- switchback: step Fill\nSELECT 1;")]),
        (
            "step twice",
            Sqlite,
            &[(
                "V1__a.sql",
                "-- switchback: step a\nSELECT 1;\n-- switchback: step b\nSELECT 1;\n-- switchback: step a\nSELECT 2;",
            )],
        ),
        ("unknown option", Sqlite, &[("V1__a.sql", "-- switchback: step a transactionless\nSELECT 1;")]),
        (
            "unknown option with a value",
            Sqlite,
            &[("V1__a.sql", "-- switchback: step a batch tabel=t key=id\nSELECT 1;")],
        ),
        (
            "option twice",
            Sqlite,
            &[("V1__a.sql", "-- switchback: step a batch table=t table=u key=id\nSELECT 1;")],
        ),
        (
            "option without a value",
            Sqlite,
            &[("V1__a.sql", "-- switchback: step a batch table= key=id\nSELECT 1;")],
        ),
        ("open quote", Sqlite, &[("V1__a.sql", "-- switchback: step a batch table=\"a b key=id\nSELECT 1;")]),
        (
            "batch without its table",
            Sqlite,
            &[("V1__a.sql", "-- switchback: step a batch key=id\nSELECT 1;")],
        ),
        ("batch without its key", Sqlite, &[("V1__a.sql", "-- switchback: step a batch table=t\nSELECT 1;")]),
        ("table without batch", Sqlite, &[("V1__a.sql", "-- switchback: step a table=t key=id\nSELECT 1;")]),
        (
            "batch and no-transaction",
            Sqlite,
            &[("V1__a.sql", "-- switchback: step a no-transaction batch table=t key=id\nSELECT 1;")],
        ),
        (
            "size 0",
            Sqlite,
            &[("V1__a.sql", "-- switchback: step a batch table=t key=id size=0\nSELECT :from, :upto;")],
        ),
        (
            "size in words",
            Sqlite,
            &[("V1__a.sql", "-- switchback: step a batch table=t key=id size=5k\nSELECT :from, :upto;")],
        ),
        (
            "batch without :upto",
            Postgres,
            &[(
                "V1__a.sql",
                "-- switchback: step a batch table=t key=id\nUPDATE t SET a = 1 WHERE id BETWEEN :from AND :upto;\nUPDATE t\nSET a = 2 WHERE id >= :from;",
            )],
        ),
        (
            "batch with parameters in a string only",
            Postgres,
            &[("V1__a.sql", "-- switchback: step a batch table=t key=id\nUPDATE t SET a = ':from :upto';")],
        ),
        (
            "batch without a statement",
            Sqlite,
            &[("V1__a.sql", "-- switchback: step a batch table=t key=id\n-- nothing\n")],
        ),
        ("empty step", Sqlite, &[("V1__a.sql", "-- switchback: step a\n-- switchback: step b\nSELECT 1;")]),
        (
            "statement before the first step",
            Sqlite,
            &[("V1__a.sql", "-- Why.\nSELECT 1;\n-- switchback: step b\nSELECT 2;")],
        ),
        (
            "lock_timeout without a value",
            Postgres,
            &[("V1__a.sql", "-- switchback: lock_timeout\nSELECT 2;")],
        ),
        (
            "lock_timeout without a unit",
            Postgres,
            &[("V1__a.sql", "-- switchback: lock_timeout 5\nSELECT 2;")],
        ),
        (
            "lock_timeout of zero",
            Postgres,
            &[("V1__a.sql", "-- switchback: step a lock_timeout=0s\nSELECT 2;")],
        ),
        (
            "lock_timeout beyond all bounds",
            Postgres,
            &[("V1__a.sql", "-- switchback: step a lock_timeout=99999999999min\nSELECT 2;")],
        ),
        (
            "lock_timeout twice",
            Postgres,
            &[("V1__a.sql", "-- switchback: lock_timeout 1s\n-- switchback: lock_timeout 2s\nSELECT 2;")],
        ),
        (
            "lock_timeout behind a statement",
            Postgres,
            &[("V1__a.sql", "SELECT 1;\n-- switchback: lock_timeout 1s\nSELECT 2;")],
        ),
        (
            "steps in checks",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                ("V1__a/down.sql", "SELECT 1"),
                ("V1__a/checks.sql", "-- switchback: step a\nSELECT 1"),
            ],
        ),
        // migration.toml
        (
            "not TOML",
            Sqlite,
            &[("V1__a/up.sql", "SELECT 1"), ("V1__a/migration.toml", "description = 'x'\nirreversible: 'y'")],
        ),
        (
            "unknown key",
            Sqlite,
            &[("V1__a/up.sql", "SELECT 1"), ("V1__a/migration.toml", "irreversible = 'x'\n\nlossyy = []")],
        ),
        (
            "unknown key of a query",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                ("V1__a/migration.toml", "irreversible = 'x'\n[[analyze]]\nname = 'a'\nsql = 'SELECT 1'"),
            ],
        ),
        (
            "unknown key of a benchmark",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                (
                    "V1__a/migration.toml",
                    "irreversible = 'x'\n[[benchmark]]\nname = 'a'\nbefore = 'SELECT 1'\nmost = 2",
                ),
            ],
        ),
        (
            "benchmark without a query",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                ("V1__a/migration.toml", "irreversible = 'x'\n[[benchmark]]\nname = 'a'\nafter = 'SELECT 1'"),
            ],
        ),
        (
            "benchmark of nothing",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                (
                    "V1__a/migration.toml",
                    "irreversible = 'x'\n[[benchmark]]\nname = 'a'\nbefore = '-- later'",
                ),
            ],
        ),
        (
            "benchmark of two statements",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                (
                    "V1__a/migration.toml",
                    "irreversible = 'x'\n[[benchmark]]\nname = 'a'\nbefore = 'SELECT 1; SELECT 2'",
                ),
            ],
        ),
        (
            "benchmark that ends the transaction",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                (
                    "V1__a/migration.toml",
                    "irreversible = 'x'\n[[benchmark]]\nname = 'a'\nbefore = 'SELECT 1'\nafter = 'COMMIT'",
                ),
            ],
        ),
        (
            "benchmark for an unknown engine",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                (
                    "V1__a/migration.toml",
                    "irreversible = 'x'\n[[benchmark]]\nname = 'a'\nbefore = { mysql = 'SELECT 1' }",
                ),
            ],
        ),
        (
            "benchmark with a side for one engine",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                (
                    "V1__a/migration.toml",
                    "irreversible = 'x'\n[[benchmark]]\nname = 'a'\nbefore = { sqlite = 'SELECT 1' }\nafter = { postgres = 'SELECT 1' }",
                ),
            ],
        ),
        (
            "benchmark with no runs",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                (
                    "V1__a/migration.toml",
                    "irreversible = 'x'\n[[benchmark]]\nname = 'a'\nbefore = 'SELECT 1'\nruns = 0",
                ),
            ],
        ),
        (
            "benchmark with a bad limit",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                (
                    "V1__a/migration.toml",
                    "irreversible = 'x'\n[[benchmark]]\nname = 'a'\nbefore = 'SELECT 1'\nmax_slowdown = 0",
                ),
            ],
        ),
        (
            "benchmark twice",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                (
                    "V1__a/migration.toml",
                    "irreversible = 'x'\n[[benchmark]]\nname = 'a'\nbefore = 'SELECT 1'\n[[benchmark]]\nname = 'a'\nbefore = 'SELECT 1'\n",
                ),
            ],
        ),
        (
            "benchmark without a name",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                (
                    "V1__a/migration.toml",
                    "irreversible = 'x'\n[[benchmark]]\nname = ' '\nbefore = 'SELECT 1'",
                ),
            ],
        ),
        (
            "wrong type",
            Sqlite,
            &[("V1__a/up.sql", "SELECT 1"), ("V1__a/migration.toml", "\nirreversible = true")],
        ),
        (
            "no reason",
            Sqlite,
            &[("V1__a/up.sql", "SELECT 1"), ("V1__a/migration.toml", "irreversible = ' '")],
        ),
        (
            "bad loss",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                ("V1__a/migration.toml", "irreversible = 'x'\nlossy = ['t.c', 't.']"),
            ],
        ),
        (
            "bad duration",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                ("V1__a/migration.toml", "irreversible = 'x'\nlock_timeout = '2 s'"),
            ],
        ),
        (
            "bad option",
            Sqlite,
            &[
                ("V1__a/up.sql", "SELECT 1"),
                ("V1__a/migration.toml", "irreversible = 'x'\n[options]\nfine = 1\nlist = [1]"),
            ],
        ),
        // migration.rs
        (
            "Rust without up",
            Sqlite,
            &[("V1__a/migration.rs", "pub fn down() {}\nmod inner { pub fn up() {} }\n// fn up() {}")],
        ),
        ("Rust without down", Sqlite, &[("V1__a/migration.rs", "pub fn up() { let down = 1; }")]),
        (
            "irreversible with a fn down",
            Sqlite,
            &[
                ("V1__a/migration.rs", "fn up() {} fn down() {}"),
                ("V1__a/migration.toml", "irreversible = 'so'"),
            ],
        ),
        ("no Rust", Sqlite, &[("V1__a/migration.rs", "pub fn up() {\n\npub fn down() {}")]),
        // several
        (
            "three problems, the first in the order of paths is told",
            Sqlite,
            &[("V3__c.sql", ""), ("V1__a.sql", "SELECT 1;\nCOMMIT;"), ("V2__b.txt", "")],
        ),
    ]
};

#[test]
fn every_bad_input_gets_a_sentence_with_its_place_and_what_was_expected() {
    let mut shown = String::new();
    for (what, dialect, list) in TABLE {
        let error = read(*dialect, list).expect_err(what);
        let location = error.location().unwrap_or_else(|| panic!("{what}: no place"));
        let hint = error.what_next().unwrap_or_default();
        assert!(matches!(error.kind(), ErrorKind::Source | ErrorKind::Unsupported), "{what}");
        assert!(!error.message().ends_with('.') && !hint.ends_with('.'), "{what}: {error}");
        shown.push_str(&format!(
            "# {what}\n{location}: {} [{}]\n  → {hint}\n",
            error.message(),
            error.kind().as_str()
        ));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_line() {
    let bad = |bytes: &[u8]| {
        let files = [SourceFile::new("V1__a.sql", bytes)];
        parse("db", Dialect::Sqlite, MAX, &files).unwrap_err().to_string()
    };
    insta::assert_snapshot!(
        bad(b"SELECT 1;\nSELECT 'caf\xe9';"),
        @"V1__a.sql:2: the byte 0xe9 is not valid UTF-8; save the file as UTF-8"
    );
    insta::assert_snapshot!(
        bad(b"\xff\xfeS\0E\0"),
        @"V1__a.sql:1: the file is UTF-16, not UTF-8; save it as UTF-8 without a byte order mark"
    );
}

#[test]
fn the_highest_version_depends_on_the_width_of_the_history() {
    let list = files(&[("V20240101120000__a.sql", "SELECT 1")]);
    let error = parse("db", Dialect::Sqlite, MAX, &list).unwrap_err();
    assert!(error.what_next().unwrap().contains("int8-versions"), "{error}");
    let set = parse("db", Dialect::Sqlite, i64::MAX, &list).unwrap();
    assert_eq!(set.migrations[0].version, 20_240_101_120_000);
    let beyond = files(&[("V9223372036854775808__a.sql", "SELECT 1")]);
    let error = parse("db", Dialect::Sqlite, i64::MAX, &beyond).unwrap_err();
    assert!(!error.what_next().unwrap().contains("int8-versions"), "{error}");
}

#[test]
fn errors_are_named_from_where_the_user_stands() {
    let error = read(Dialect::Sqlite, &[("V1__a.sql", "")]).unwrap_err().under("migrations/db/");
    assert!(error.to_string().starts_with("migrations/db/V1__a.sql:1:1: "), "{error}");
}
