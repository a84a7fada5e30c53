//! Files as people and tools really write them.

use super::*;
use proptest::prelude::*;

fn whats(dialect: Dialect, text: &str) -> Vec<String> {
    let set = read(dialect, &[("V1__a.sql", text)]).unwrap_or_else(|e| panic!("{e}"));
    let script = script(&set.migrations[0].up);
    script.steps.iter().flat_map(|s| &s.statements).map(|s| s.what.clone()).collect()
}

const PG_DUMP: &str = include_str!("pg_dump.sql");
const SQLITE_DUMP: &str = include_str!("sqlite_triggers.sql");

#[test]
fn a_schema_as_pg_dump_writes_it() {
    insta::assert_debug_snapshot!(whats(Dialect::Postgres, PG_DUMP));
}

#[test]
fn triggers_and_a_rebuild_on_sqlite() {
    let set = read(Dialect::Sqlite, &[("V1__a.sql", SQLITE_DUMP)]).unwrap();
    assert!(script(&set.migrations[0].up).foreign_keys_off);
    insta::assert_debug_snapshot!(whats(Dialect::Sqlite, SQLITE_DUMP));
}

#[test]
fn line_endings_do_not_change_the_digest_but_text_does() {
    let digest = |text: &str| {
        let set = read(Dialect::Postgres, &[("V1__a.sql", text)]).unwrap();
        set.migrations[0].up.sha256().to_owned()
    };
    assert_eq!(digest("SELECT 1;\n-- x\n"), digest("SELECT 1;\r\n-- x\r\n"));
    assert_ne!(digest("SELECT 1;\n"), digest("SELECT 1; \n"));
    let windows =
        "-- switchback: step a\r\nSELECT 1;\r\n-- switchback: step b no-transaction\r\nSELECT 2;\r\n";
    let set = read(Dialect::Postgres, &[("V1__a.sql", windows)]).unwrap();
    assert_eq!(script(&set.migrations[0].up).steps.len(), 2);
}

#[test]
fn savepoints_bodies_and_names_are_no_transaction_control() {
    for (dialect, text) in [
        (Dialect::Postgres, "SAVEPOINT a; ROLLBACK TO a; ROLLBACK WORK TO SAVEPOINT a; RELEASE a;"),
        (Dialect::Sqlite, "SAVEPOINT a; ROLLBACK TRANSACTION TO a; RELEASE SAVEPOINT a;"),
        (
            Dialect::Postgres,
            "DO $$ BEGIN COMMIT; END $$; CREATE TABLE \"begin\" (x int); PREPARE p AS SELECT 1;",
        ),
        (Dialect::Postgres, "-- switchback: step a no-transaction\nBEGIN; SELECT 1; COMMIT; VACUUM;"),
        (Dialect::Sqlite, "CREATE TRIGGER t AFTER INSERT ON x BEGIN SELECT 1; END; SELECT 1; -- COMMIT;\n"),
    ] {
        whats(dialect, text);
    }
}

#[test]
fn the_foreign_keys_pragma_is_hoisted_whatever_it_looks_like() {
    for (text, off, count) in [
        ("PRAGMA foreign_keys = OFF; SELECT 1; PRAGMA foreign_keys = ON;", true, 3),
        ("pragma FOREIGN_KEYS=0; SELECT 1;", true, 2),
        ("PRAGMA main.\"foreign_keys\"(no); SELECT 1;", true, 2),
        ("PRAGMA foreign_keys = 'false';", true, 1),
        ("PRAGMA foreign_keys = on; SELECT 1;", false, 2),
        ("PRAGMA foreign_keys(1);", false, 1),
        ("PRAGMA foreign_keys; PRAGMA foreign_key_check;", false, 2),
    ] {
        let set = read(Dialect::Sqlite, &[("V1__a.sql", text)]).unwrap();
        let script = script(&set.migrations[0].up);
        assert_eq!(script.foreign_keys_off, off, "{text}");
        assert_eq!(script.steps[0].statements.len(), count, "{text}");
        assert_eq!(script.steps[0].span, 0..text.len());
    }
    let set = read(Dialect::Postgres, &[("V1__a.sql", "PRAGMA foreign_keys = OFF;")]).unwrap();
    assert!(!script(&set.migrations[0].up).foreign_keys_off);
}

#[test]
fn a_folder_may_have_everything() {
    let toml = "description = 'd'\nlossy = ['t.c', 'u']\nlock_timeout = '500ms'\n[options]\non_reject = 'keep'\nbatch = 7\nratio = 0.5\nstrict = true\n\
                [[analyze]]\nname = 'rows'\nquery = 'SELECT count(*) FROM t'\n\
                [[benchmark]]\nname = 'all'\nbefore = { sqlite = 'VALUES (1)', postgres = ' (SELECT 1) ' }\nafter = 'SELECT 2;'\nruns = 3\nmax_slowdown = 2\n\
                [[benchmark]]\nname = 'lite'\nbefore = { sqlite = 'SELECT 1' }\n[[operation]]\ntype = 'sql'\nup = 'SELECT 1'\ndown = ''\n";
    let set = read(
        Dialect::Postgres,
        &[
            (".gitkeep", ""),
            ("V7__all/migration.toml", toml),
            ("V7__all/up.sql", "-- switchback: compiled from migration.toml (do not edit)\nSELECT 1;"),
            ("V7__all/down.postgres.sql", "SELECT 2;"),
            ("V7__all/down.sqlite.sql", "SELECT 2;"),
            ("V7__all/checks.postgres.sql", "SELECT 1 WHERE false; SELECT 2 WHERE false;"),
            ("V7__all/sample.sql", "INSERT INTO t VALUES (1);"),
            ("V7__all/.DS_Store", "\u{0}"),
        ],
    )
    .unwrap();
    let migration = &set.migrations[0];
    assert_eq!(set.get(7).unwrap().label(), "V7__all");
    assert_eq!(migration.down.body().unwrap().file(), "V7__all/down.postgres.sql");
    assert_eq!(migration.checks.as_ref().unwrap().steps[0].statements.len(), 2);
    insta::assert_debug_snapshot!(migration.settings);
}

#[test]
fn rust_migrations_are_found_with_a_digest_for_each_side() {
    let text = "use switchback::*;\npub fn up(ctx: &mut Context<'_>) -> Result<()> { Ok(()) }\npub fn down(ctx: &mut Context<'_>) -> Result<()> { Ok(()) }\n";
    let set = |text: &str| read(Dialect::Sqlite, &[("V1__a/migration.rs", text)]).unwrap();
    let first = set(text);
    let Body::Rust(up) = &first.migrations[0].up else { panic!() };
    assert_eq!(&*up.text, text);
    let changed = set(&text.replace("pub fn down(ctx", "pub fn down(c"));
    assert_eq!(up.sha256, changed.migrations[0].up.sha256());
    let down = |set: &MigrationSet| set.migrations[0].down.body().unwrap().sha256().to_owned();
    assert_ne!(down(&first), down(&changed));
    let irreversible = read(
        Dialect::Sqlite,
        &[("V1__a/migration.rs", "pub fn up() {}"), ("V1__a/migration.toml", "irreversible = 'because'")],
    )
    .unwrap();
    assert!(
        matches!(&irreversible.migrations[0].down, WayDown::Irreversible { reason } if reason == "because")
    );
}

#[test]
fn refinery_names_are_taken_as_refinery_takes_them() {
    for name in ["V1__a", "U0__b_C", "V007__größe", "V1__日本語", "V1___x", "V1__a__b", "V3__ͅ_mark", "V2__५"]
    {
        let path = format!("{name}.sql");
        let set = parse("db", Dialect::Sqlite, MAX, &[SourceFile::new(path, "SELECT 1")]).unwrap();
        assert_eq!(set.migrations[0].name, name.split_once("__").unwrap().1);
    }
    for name in ["V٣__a", "V1__a²", "V1__a b", "V1__a.b", "|1__a", "V-1__a", " V1__a"] {
        let path = format!("{name}.sql");
        parse("db", Dialect::Sqlite, MAX, &[SourceFile::new(path, "SELECT 1")]).unwrap_err();
    }
}

/// Sources that parse, from little pieces.
fn texts() -> impl Strategy<Value = String> {
    let pieces = vec![
        "-- switchback: step a\n",
        "-- switchback: step b no-transaction\n",
        "-- switchback: lock_timeout 5s\n",
        "-- switchback: step c batch table=t key=id\n",
        "SELECT :from, :upto;\n",
        "SELECT 1;\n",
        "SELECT '",
        "$$",
        "\n",
        "BEGIN;",
        "-- c\n",
        "/* ",
        "*/",
        ";",
        "PRAGMA foreign_keys=off;",
        "-- switchback:",
        " ",
        "é",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..25).prop_map(|p| p.concat())
}

proptest! {
    #[test]
    fn steps_cover_the_text_and_hold_their_statements(dialect in prop::sample::select(&Dialect::ALL[..]), text in texts()) {
        if let Ok(set) = read(dialect, &[("V1__a.sql", &text)]) {
            let script = script(&set.migrations[0].up);
            let mut end = 0;
            for step in &script.steps {
                prop_assert_eq!(step.span.start, end);
                end = step.span.end;
                for s in &step.statements {
                    prop_assert!(step.span.start <= s.span.start && s.span.end <= step.span.end);
                }
            }
            prop_assert_eq!(end, text.len());
        }
    }

    #[test]
    fn directives_inside_quotes_are_text(quote in prop::sample::select(vec![("$$", "$$"), ("$a$", "$a$"), ("'", "'"), ("E'\\'", "'"), ("\"", "\""), ("/*", "*/ 1")]), name in "[a-z]{1,5}") {
        let text = format!("SELECT {}\n-- switchback: step {name}\n-- switchback: nonsense\n{};\n", quote.0, quote.1);
        let set = read(Dialect::Postgres, &[("V1__a.sql", &text)]).unwrap();
        let script = script(&set.migrations[0].up);
        prop_assert_eq!(script.steps.len(), 1);
        prop_assert_eq!(&script.steps[0].name, "main");
    }

    #[test]
    fn no_set_of_files_makes_it_panic(paths in prop::collection::vec("[VUvu]?[0-9]{0,3}_{0,2}[a-zé.]{0,6}(/|/up|/down|\\.down)?(\\.sqlite|\\.SQL)?(\\.sql|\\.rs|\\.toml|/)?", 0..6), bytes in prop::collection::vec(any::<u8>(), 0..40), text in texts()) {
        let files: Vec<_> = paths.iter().enumerate().map(|(i, path)| {
            SourceFile::new(path.clone(), if i % 2 == 0 { bytes.clone() } else { text.clone().into_bytes() })
        }).collect();
        for dialect in Dialect::ALL {
            if let Err(error) = parse("db", dialect, MAX, &files) {
                prop_assert!(error.location().is_some());
            }
        }
    }
}

#[test]
fn ten_times_the_migrations_take_about_ten_times_as_long() {
    let list = |n: usize| -> Vec<SourceFile> {
        (1..=n)
            .flat_map(|i| {
                [
                    SourceFile::new(format!("V{i}__m/up.sql"), format!("CREATE TABLE t{i} (id int PRIMARY KEY, name text NOT NULL);\nCREATE INDEX i{i} ON t{i} (name);\n")),
                    SourceFile::new(format!("V{i}__m/down.sql"), format!("DROP TABLE t{i};\n")),
                ]
            })
            .collect()
    };
    let time = |files: &[SourceFile]| {
        (0..3)
            .map(|_| {
                let start = std::time::Instant::now();
                parse("db", Dialect::Postgres, MAX, files).unwrap();
                start.elapsed()
            })
            .min()
            .unwrap()
    };
    let (small, large) = (list(500), list(5000));
    let (small, large) = (time(&small), time(&large));

    // Generous: a quadratic one would need a hundred times as long.
    assert!(large < small * 30, "{small:?} {large:?}");
}
