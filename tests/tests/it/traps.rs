//! What refinery by itself, or a database by itself, does to the unwary: one regression test a trap.

use crate::program::finish;
use crate::support::{World, numbers, on_both};
use std::process::Stdio;
use std::time::{Duration, Instant};
use switchback::{Dialect, EmbeddedSet, ErrorKind, Migrator, Options, Target};

fn two(world: &World) {
    world.migration("V0001__one", "CREATE TABLE one (id bigint);\n", "DROP TABLE one;\n").migration(
        "V0002__two",
        "CREATE TABLE two (id bigint);\n",
        "DROP TABLE two;\n",
    );
}

/// From now on refinery's history takes no version 2 and gives none back.
fn break_history(world: &World) {
    match world.dialect() {
        Dialect::Sqlite => world.sql(
            "CREATE TRIGGER no_two BEFORE INSERT ON refinery_schema_history WHEN new.version = 2 BEGIN SELECT RAISE(ABORT, 'no two'); END;
CREATE TRIGGER keep_one BEFORE DELETE ON refinery_schema_history WHEN old.version = 1 BEGIN SELECT RAISE(ABORT, 'keep one'); END",
        ),
        Dialect::Postgres => world.sql(
            "ALTER TABLE refinery_schema_history ADD CONSTRAINT no_two CHECK (version <> 2);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'keep one'; END $$;
CREATE TRIGGER keep_one BEFORE DELETE ON refinery_schema_history FOR EACH ROW WHEN (old.version = 1) EXECUTE FUNCTION keep()",
        ),
    }
}

#[test]
fn work_whose_history_row_cannot_be_written_is_rolled_back_with_it() {
    on_both(|mut world| {
        two(&world);
        world.connect().up(Target::Version(1)).unwrap();
        break_history(&world);
        let e = world.try_up().unwrap_err();
        assert!(e.what_is_applied().is_some(), "{e}");
        assert!(!world.has_table("two"));
        assert_eq!(world.applied(), [1]);
        world.options.single_transaction = true;
        world.migration("V0003__three", "CREATE TABLE three (id bigint);\n", "DROP TABLE three;\n");
        world.try_up().unwrap_err();
        assert!(!world.has_table("two") && !world.has_table("three"));
        let e = world.try_down(Target::Steps(1)).unwrap_err();
        assert!(e.message().contains("keep one"), "{e}");
        assert!(world.has_table("one"));
        assert_eq!(world.applied(), [1]);
    });
}

#[test]
fn a_commit_that_fails_takes_the_work_with_it() {
    on_both(|world| {
        two(&world);
        world.connect().up(Target::Version(1)).unwrap();
        // What fails is the COMMIT itself, by a constraint that waits for it.
        let deferred = "CREATE TABLE parent (id bigint PRIMARY KEY);
CREATE TABLE child (id bigint REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)";
        world.sql(deferred);
        world.file("V0002__two/up.sql", "CREATE TABLE two (id bigint);\nINSERT INTO child VALUES (7);\n");
        let e = world.try_up().unwrap_err();
        assert!(e.message().to_lowercase().contains("foreign key"), "{e}");
        assert!(!world.has_table("two"));
        assert_eq!(world.applied(), [1]);
        world.sql("INSERT INTO parent VALUES (7)");
        assert_eq!(world.up().migrations.len(), 1, "the connection and the history are as before");
    });
}

#[test]
fn the_last_steps_work_and_the_history_row_are_one_commit() {
    on_both(|world| {
        two(&world);
        world.file(
            "V0002__two/up.sql",
            "-- switchback: step first\nCREATE TABLE two (id bigint);\n-- switchback: step last\nCREATE TABLE last_one (id bigint);\n",
        );
        world.file(
            "V0002__two/down.sql",
            "-- switchback: step last\nDROP TABLE last_one;\n-- switchback: step first\nDROP TABLE two;\n",
        );
        world.connect().up(Target::Version(1)).unwrap();
        break_history(&world);
        world.try_up().unwrap_err();
        assert!(world.has_table("two") && !world.has_table("last_one"));
        assert_eq!(world.applied(), [1]);
        assert_eq!(world.problems(), ["in_progress"]);
        world.down(Target::Steps(1));
        assert!(!world.has_table("two"));
    });
}

#[test]
fn four_concurrent_runners_apply_a_backfill_once() {
    on_both(|world| {
        // A flat file, as refinery's users have it.
        world
            .file("V1__numbers.sql", numbers(50))
            .file("V2__backfill.sql", "UPDATE numbers SET n = n + 1;\n");
        let runners: Vec<_> = (0..4)
            .map(|_| world.command(&["up"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap())
            .collect();
        for runner in runners {
            let output = runner.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        assert_eq!(world.number("SELECT count(*) FROM numbers WHERE n = 1"), 50);
    });
}

#[test]
fn two_files_of_one_version_are_refused_whatever_their_names() {
    on_both(|world| {
        for other in [
            "V0001__renamed.sql",
            "V01__one.sql",
            "U1__one.sql",
            "nested/V1__elsewhere.sql",
            "V0001__one/up.sql",
        ] {
            let world = World::new(world.dialect());
            world.file("V1__one.sql", "CREATE TABLE one (id bigint);\n");
            world.file(other, "CREATE TABLE other (id bigint);\n");
            if other.contains("/up.sql") {
                world.file("V0001__one/down.sql", "DROP TABLE other;\n");
            }
            let e = world.try_up().unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Source, "{other}: {e}");
            assert!(e.message().contains("version 1 occurs twice"), "{other}: {e}");
            assert!(!world.has_table("one") && !world.has_table("other"), "{other}");
        }
    });
}

#[test]
fn a_divergence_is_an_error_and_no_panic() {
    on_both(|world| {
        two(&world);
        world.up();
        world.file("V0001__one/up.sql", "CREATE TABLE one (id bigint, more bigint);\n").remove("V0002__two");
        for arguments in [&["up"][..], &["plan"], &["status", "--exit-code"], &["redo", "--yes"]] {
            let ran = world.run(&[arguments, &["--format", "json"]].concat());
            assert!(!ran.err.contains("panicked") && !ran.err.contains("internal error"), "{ran:?}");
            assert_ne!(ran.code, 101, "{ran:?}");
        }
        let error = &world.run(&["up", "--format", "json"]).fails().json()["error"];
        assert_eq!(error["kind"], "diverged");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("V1__one") && message.contains("V2__two"), "{message}");
    });
}

#[test]
fn what_cannot_run_inside_a_transaction_says_where_it_can_and_runs_there() {
    on_both(|world| {
        let statement = match world.dialect() {
            Dialect::Sqlite => "VACUUM;\n",
            Dialect::Postgres => "CREATE INDEX CONCURRENTLY one_id ON one (id);\n",
        };
        world.migration("V0001__one", "CREATE TABLE one (id bigint);\n", "DROP TABLE one;\n").migration(
            "V0002__alone",
            statement,
            "-- nothing to undo\n",
        );
        let e = world.try_up().unwrap_err();
        assert_eq!(e.location().unwrap().line, Some(1));
        assert!(e.message().contains("transaction"), "{e}");
        assert!(e.what_next().unwrap().contains("-- switchback: step NAME no-transaction"), "{e}");
        assert_eq!(world.applied(), [1]);
        world.file("V0002__alone/up.sql", format!("-- switchback: step alone no-transaction\n{statement}"));
        world.up();
        assert_eq!(world.applied(), [1, 2]);
        if world.dialect() == Dialect::Postgres {
            assert_eq!(
                world.number(
                    "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid = 'one_id'::regclass"
                ),
                1
            );
        }
    });
}

#[test]
fn a_file_that_matches_nothing_is_an_error_and_not_passed_over() {
    on_both(|world| {
        world.file("V2__two.sql", "");
        for name in [
            "V1_one_underscore.sql",
            "v1__small.sql",
            "V1__upper.SQL",
            "V1__dash-ed.sql",
            "V1__dot.ted.sql",
            "V__none.sql",
            "1__bare.sql",
            "V1.5__half.sql",
            "notes.txt",
            "V1__one.sql.bak",
            "V1__one.up.sql",
            "R__repeatable.sql",
            "sub/stray.sql",
            "V0007__x/up.mysql.sql",
            "V0007__x/up.SQL",
            "V0007__X/up.sql",
        ] {
            let world = World::new(world.dialect());
            world
                .file("V2__two.sql", "CREATE TABLE two (id bigint);\n")
                .file(name, "CREATE TABLE x (id bigint);\n");
            let e = world.try_up().map(|_| panic!("{name} was passed over")).unwrap_err();
            assert!(matches!(e.kind(), ErrorKind::Source | ErrorKind::Unsupported), "{name}: {e}");
            let at = &e.location().unwrap().file;
            assert!(at.contains(name.split('/').next().unwrap()), "{name}: {e}");
            assert!(e.what_next().is_some(), "{name}: {e}");
        }
        assert!(!world.has_table("two"));
    });
}

#[test]
fn a_way_down_is_never_taken_for_the_way_up_of_its_version() {
    on_both(|world| {
        world.file("V3__x.down.sql", "DROP TABLE x;\n");
        let e = world.try_up().unwrap_err();
        assert_eq!(e.location().unwrap().file.rsplit('/').next(), Some("V3__x.down.sql"));
        assert!(e.message().contains("a way down without its way up"), "{e}");
        world.file("V3__x.sql", "CREATE TABLE x (id bigint);\n");
        assert_eq!(world.up().migrations.len(), 1);
        assert!(world.has_table("x"));
        world.down(Target::Steps(1));
        assert!(!world.has_table("x"));
        assert!(world.applied().is_empty());
    });
}

/// `n` applied migrations of a binary, and the shortest of three times that planning and verifying them takes.
fn verification(dialect: Dialect, n: usize) -> Duration {
    let files: Vec<(&'static str, &'static str)> = (1..=n)
        .map(|i| {
            let path: &'static str = Box::leak(format!("V{i}__step_{i}.sql").into_boxed_str());
            (path, "-- nothing to do here\n")
        })
        .collect();
    let set = EmbeddedSet { name: "many", files: Box::leak(files.into_boxed_slice()), rust: &[] };
    let database = switchback_tests::fresh(dialect);
    let options = Options { single_transaction: true, ..Options::default() };
    let mut connected = Migrator::new(set).options(options).connect(database.url()).unwrap();
    connected.up(Target::Latest).unwrap();
    (0..3)
        .map(|_| {
            let start = Instant::now();
            assert_eq!(connected.status().unwrap().applied.len(), n);
            assert!(connected.up(Target::Latest).unwrap().migrations.is_empty());
            start.elapsed()
        })
        .min()
        .unwrap()
}

#[test]
fn verification_of_10_000_applied_migrations_costs_ten_times_1_000_slow() {
    for dialect in Dialect::ALL {
        let (thousand, ten) = (verification(dialect, 1_000), verification(dialect, 10_000));
        let ratio = ten.as_secs_f64() / thousand.as_secs_f64();
        eprintln!("{}: {thousand:?}, {ten:?}: {ratio:.1}", dialect.as_str());
        // Quadratic would be a hundred.
        assert!(ratio < 30.0, "{thousand:?} and {ten:?}");
    }
}

/// A parent whose deletion takes its children along.
fn family(world: &World) {
    world.migration(
        "V0001__family",
        "CREATE TABLE parent (id integer PRIMARY KEY, name text);
CREATE TABLE child (id integer PRIMARY KEY, parent_id integer NOT NULL REFERENCES parent (id) ON DELETE CASCADE);
INSERT INTO parent VALUES (1, 'a'), (2, 'b');
INSERT INTO child VALUES (10, 1), (11, 1), (20, 2);
",
        "DROP TABLE child;\nDROP TABLE parent;\n",
    );
}

fn rebuild(select: &str) -> String {
    format!(
        "PRAGMA foreign_keys = OFF;
CREATE TABLE new_parent (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO new_parent {select};
DROP TABLE parent;
ALTER TABLE new_parent RENAME TO parent;
PRAGMA foreign_keys = ON;
"
    )
}

const ALL: &str = "SELECT id, name FROM parent";

/// A SQLite world with the family applied.
fn sqlite_family() -> World {
    let world = World::new(Dialect::Sqlite);
    family(&world);
    world.up();
    world
}

#[test]
fn a_rebuild_with_foreign_keys_off_loses_no_child() {
    for single in [false, true] {
        let mut world = sqlite_family();
        world.options.single_transaction = single;
        world.migration("V0002__rebuild", &rebuild(ALL), &rebuild(ALL).replace(" NOT NULL", ""));
        world.migration("V0003__more", "CREATE TABLE more (id bigint);\n", "DROP TABLE more;\n");
        let mut connected = world.connect();
        let report = connected.up(Target::Latest).unwrap();
        let what: Vec<&str> = report.migrations[0].steps[0].changes.iter().map(|c| c.what.as_str()).collect();
        assert_eq!(what[0], "create table new_parent", "the hoisted PRAGMA is no statement: {what:?}");
        assert_eq!(foreign_keys(&mut connected), 1, "switched on again");
        assert_eq!(world.number("SELECT count(*) FROM child"), 3);
        connected.down(Target::Version(1)).unwrap();
        assert_eq!(foreign_keys(&mut connected), 1);
        assert_eq!(world.number("SELECT count(*) FROM child"), 3);
        // And they count: a child without a parent is refused again.
        world.migration("V0002__rebuild", "INSERT INTO child VALUES (30, 3);\n", "-- nothing\n");
        world.remove("V0003__more");
        let e = world.try_up().unwrap_err();
        assert_eq!(e.server_code(), Some("SQLITE_CONSTRAINT_FOREIGNKEY"), "{e}");
    }
}

fn foreign_keys(connected: &mut switchback::Connected) -> i64 {
    connected.transaction(|ctx| ctx.query("PRAGMA foreign_keys", &[])).unwrap()[0].at(0).unwrap()
}

#[test]
fn a_rebuild_that_breaks_foreign_keys_is_rolled_back_and_they_are_on_again() {
    let world = sqlite_family();
    world.migration("V0002__rebuild", &rebuild("SELECT id, name FROM parent WHERE id = 1"), "-- nothing\n");
    world.file("V0002__rebuild/migration.toml", "lossy = [\"parent\"]\n");
    let mut connected = world.connect();
    let e = connected.up(Target::Latest).unwrap_err();
    assert!(e.message().contains("1 in child that point to no row of parent"), "{e}");
    assert_eq!(e.server_code(), Some("SQLITE_CONSTRAINT_FOREIGNKEY"));
    assert_eq!(foreign_keys(&mut connected), 1);
    assert_eq!(world.number("SELECT count(*) FROM parent"), 2);
    assert_eq!(world.number("SELECT count(*) FROM child"), 3);
    assert_eq!(world.applied(), [1]);
}

#[test]
fn violations_that_were_there_before_do_not_stop_a_rebuild() {
    let world = sqlite_family();
    let outside = rusqlite::Connection::open(world.url().trim_start_matches("sqlite:")).unwrap();
    outside.execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO child VALUES (90, 9), (91, 9);").unwrap();
    world.migration("V0002__rebuild", &rebuild(ALL), &rebuild("SELECT id, name FROM parent WHERE id = 1"));
    world.up();
    assert_eq!(world.number("SELECT count(*) FROM child"), 5);
    // One more of the same kind is new.
    let e = world.try_down(Target::Steps(1)).unwrap_err();
    assert!(e.message().contains("in child that point to no row of parent"), "{e}");
    assert_eq!(world.number("SELECT count(*) FROM parent"), 2);
}

#[test]
fn foreign_keys_are_on_again_after_every_kind_of_failure() {
    let broken = rebuild(ALL).replace("DROP TABLE parent", "DROP TABLE nowhere");
    let syntax = rebuild(ALL).replace("DROP TABLE parent", "DORP TABLE parent");
    for (up, checks) in
        [(broken, "SELECT 1 WHERE 0;\n"), (syntax, "SELECT 1 WHERE 0;\n"), (rebuild(ALL), "SELECT 1;\n")]
    {
        let world = sqlite_family();
        world.migration("V0002__rebuild", &up, "-- nothing\n").file("V0002__rebuild/checks.sql", checks);
        let mut connected = world.connect();
        connected.up(Target::Latest).unwrap_err();
        assert_eq!(foreign_keys(&mut connected), 1, "{up}");
        assert_eq!(world.number("SELECT count(*) FROM child"), 3);
        assert_eq!(world.applied(), [1]);
    }
}

#[test]
fn foreign_keys_are_off_for_a_whole_file_and_only_in_its_transactions() {
    let world = sqlite_family();
    // The usual three parts, each a step.
    let parts = rebuild(ALL)
        .replacen("CREATE TABLE", "-- switchback: step rebuild\nCREATE TABLE", 1)
        .replace("PRAGMA foreign_keys = ON", "-- switchback: step on\nPRAGMA foreign_keys = ON");
    let side = format!("-- switchback: step off\n{parts}");
    world.migration("V0002__rebuild", &side, &side);
    let mut connected = world.connect();
    connected.up(Target::Latest).unwrap();
    assert_eq!(world.number("SELECT count(*) FROM child"), 3);
    connected.down(Target::Steps(1)).unwrap();
    assert_eq!(world.number("SELECT count(*) FROM child"), 3);
    assert_eq!(foreign_keys(&mut connected), 1);
    // Where nothing could check them before they are committed, they are refused.
    for mode in ["no-transaction", "batch table=child key=id size=2"] {
        world.migration(
            "V0002__rebuild",
            &format!("-- switchback: step rebuild {mode}\n{}", rebuild(ALL)),
            "-- nothing\n",
        );
        let e = world.try_up().unwrap_err();
        assert_eq!((e.kind(), e.location().unwrap().line), (ErrorKind::Source, Some(2)), "{e}");
        assert!(
            e.message().contains("foreign keys can be off only in a step that is one transaction"),
            "{e}"
        );
    }
}

#[test]
fn the_program_shows_the_same() {
    // The exit code and the hint, once for all of the above.
    on_both(|world| {
        world.file("V1__one.sql", "CREATE TABLE one (id bigint);\n").file("V01__two.sql", "-- two\n");
        let ran = finish(&mut world.command(&["up"])).fails();
        assert!(
            ran.err.contains("version 1 occurs twice") && ran.err.contains("app/V1__one.sql"),
            "{}",
            ran.err
        );
    });
}
