//! Steps outside a transaction: what they leave when they fail, are stopped, or hold transactions of their own; and
//! settings, which reach nobody else.

use crate::program::{finish, runner};
use crate::support::{World, numbers, on_both, stable, until};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use switchback::{Dialect, ErrorKind, Event, Options, Repair, Target};

const OWN: &str = "-- switchback: step alone no-transaction
CREATE TABLE a (id bigint);
BEGIN;
INSERT INTO a VALUES (1);
INSERT INTO later VALUES (1);
COMMIT;
INSERT INTO a VALUES (2);
";

#[test]
fn a_transaction_of_the_steps_own_is_rolled_back_as_a_whole_and_begun_again() {
    on_both(|world| {
        world.migration(
            "V0001__own",
            OWN,
            "-- switchback: step alone no-transaction\nDROP TABLE later;\nDROP TABLE a;\n",
        );
        let e = world.try_up().unwrap_err();
        assert_eq!(e.location().unwrap().line, Some(5), "{e}");
        assert_eq!(world.number("SELECT count(*) FROM a"), 0, "the row before the failure is gone as well");
        world.sql("CREATE TABLE later (id bigint)");
        let changes = world.up().migrations[0].steps[0].changes.len();
        assert_eq!(changes, 5, "from BEGIN on, and not the table again");
        assert_eq!(world.number("SELECT CAST(sum(id) AS bigint) FROM a"), 3);
        assert_eq!(world.number("SELECT count(*) FROM later"), 1);
        world.down(Target::Version(0));
        assert!(!world.has_table("a"));
    });
}

#[test]
fn two_transactions_of_a_step_are_kept_apart() {
    on_both(|world| {
        world.migration(
            "V0001__own",
            "-- switchback: step alone no-transaction
CREATE TABLE a (id bigint);
BEGIN;
INSERT INTO a VALUES (1);
SAVEPOINT s;
INSERT INTO a VALUES (9);
ROLLBACK TO s;
COMMIT;
BEGIN;
INSERT INTO a VALUES (2);
INSERT INTO later VALUES (1);
END;
",
            "-- switchback: step alone no-transaction\nDROP TABLE a;\n",
        );
        world.try_up().unwrap_err();
        assert_eq!(world.number("SELECT CAST(sum(id) AS bigint) FROM a"), 1, "the first has committed");
        world.sql("CREATE TABLE later (id bigint)");
        world.up();
        assert_eq!(world.number("SELECT CAST(sum(id) AS bigint) FROM a"), 3, "and did not run again");
    });
}

#[test]
fn a_transaction_that_is_left_open_is_refused_with_its_line() {
    on_both(|world| {
        world.migration(
            "V0001__open",
            "-- switchback: step alone no-transaction\nCREATE TABLE a (id bigint);\nBEGIN;\nINSERT INTO a VALUES (1);\n",
            "-- switchback: step alone no-transaction\nDROP TABLE a;\n",
        );
        let e = world.try_up().unwrap_err();
        assert!(stable(&e, &world).starts_with("app/V0001__open/up.sql:3:1"), "{e}");
        assert!(e.message().contains("begins a transaction and does not end it"), "{e}");
        assert_eq!(world.number("SELECT count(*) FROM a"), 0);
        assert!(world.applied().is_empty());
        // Down cannot complete it either, and says what can be done.
        let e = world.try_down(Target::Steps(1)).unwrap_err();
        assert!(e.what_next().unwrap().contains("repair --step-done"), "{e}");
        assert_eq!(world.connect().repair(Repair::RetryStep).unwrap_err().kind(), ErrorKind::Config);
        world.sql("INSERT INTO a VALUES (1)");
        world.connect().repair(Repair::StepDone).unwrap();
        assert_eq!(world.applied(), [1]);
        world.down(Target::Steps(1));
        assert!(!world.has_table("a"));
    });
}

/// A step whose second statement sleeps for as long as the table `nap` says.
fn napping(world: &World) {
    world.migration("V0001__nap", "CREATE TABLE nap (seconds bigint);\nINSERT INTO nap VALUES (60);\n", "DROP TABLE nap;\n").migration(
        "V0002__alone",
        "-- switchback: step alone no-transaction\nCREATE TABLE a (id bigint);\nSELECT pg_sleep(seconds) FROM nap;\nCREATE TABLE b (id bigint);\n",
        "-- switchback: step alone no-transaction\nDROP TABLE b;\nDROP TABLE a;\n",
    );
}

/// The statements that are recorded as done, when the step is not "started, and nobody knows".
fn recorded(world: &World) -> (i64, String) {
    let row = &world.rows("SELECT started, cursor_at FROM switchback_progress")[0];
    (row.at(0).unwrap(), row.at(1).unwrap())
}

#[test]
fn an_interrupt_in_a_statement_outside_a_transaction_records_how_far_it_came() {
    let mut world = World::new(Dialect::Postgres);
    napping(&world);
    let flag = Arc::clone(&world.options.interrupt);
    let stopper = std::thread::spawn({
        let url = world.url().to_owned();
        move || {
            let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
            wait_for_nap(&mut client);
            flag.store(true, Ordering::Relaxed);
        }
    });
    let e = world.try_up().unwrap_err();
    stopper.join().unwrap();
    assert_eq!(e.kind(), ErrorKind::Interrupted, "{e}");
    world.options.interrupt = Arc::default();
    assert_eq!(recorded(&world), (0, r#"{"int":1}"#.to_owned()));
    assert_eq!(world.problems(), ["in_progress"]);
    world.sql("UPDATE nap SET seconds = 0");
    world.up();
    assert!(world.has_table("b"));
}

#[test]
fn ctrl_c_in_a_statement_outside_a_transaction_leaves_with_130_and_the_same_command_goes_on() {
    let world = World::new(Dialect::Postgres);
    napping(&world);
    let child = world
        .command_of(runner(), &["up", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut client = postgres::Client::connect(world.url(), postgres::NoTls).unwrap();
    wait_for_nap(&mut client);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let begin = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(begin.elapsed() < Duration::from_secs(20));
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert_eq!(recorded(&world), (0, r#"{"int":1}"#.to_owned()));
    world.sql("UPDATE nap SET seconds = 0");
    let ran = finish(&mut world.command(&["up", "--lock-wait", "0s"])).ok();
    assert!(ran.out.contains("V2") || ran.out.contains("alone"), "{ran:?}");
    assert!(world.has_table("b"));
}

fn wait_for_nap(client: &mut postgres::Client) {
    let napping =
        "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
    until("a statement that sleeps", || !client.query(napping, &[]).unwrap().is_empty());
}

#[test]
fn an_invalid_index_of_another_schema_stays_when_a_concurrent_build_is_tried_again() {
    let world = World::new(Dialect::Postgres);
    world
        .migration(
            "V0001__t",
            "CREATE TABLE t (n bigint);\nINSERT INTO t VALUES (1), (1);\n",
            "DROP TABLE t;\n",
        )
        .migration(
            "V0002__index",
            "-- switchback: step index no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY dup ON t (n);\n",
            "-- switchback: step index no-transaction\nDROP INDEX CONCURRENTLY dup;\n",
        );
    let mut client = postgres::Client::connect(world.url(), postgres::NoTls).unwrap();
    client
        .batch_execute(
            "CREATE SCHEMA tenant; CREATE TABLE tenant.t (n bigint); INSERT INTO tenant.t VALUES (1), (1)",
        )
        .unwrap();
    client.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY dup ON tenant.t (n)").unwrap_err();
    let mut invalid = || {
        let rows = client
            .query("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid ORDER BY 1", &[])
            .unwrap();
        rows.iter().map(|r| r.get::<_, String>(0)).collect::<Vec<_>>()
    };
    let e = world.try_up().unwrap_err();
    assert_eq!(e.server_code(), Some("23505"), "{e}");
    assert_eq!(invalid(), ["tenant.dup"], "what the step left behind is gone, and nothing else");
    world.sql("DELETE FROM t");
    world.up();
    assert_eq!(invalid(), ["tenant.dup"]);
    assert_eq!(
        world.number("SELECT count(*) FROM pg_index WHERE indexrelid = 'dup'::regclass AND indisvalid"),
        1
    );
    world.down(Target::Steps(1));
    assert_eq!(invalid(), ["tenant.dup"]);
}

#[test]
fn a_step_that_drops_an_invalid_index_still_finds_it_when_it_is_tried_again() {
    let world = World::new(Dialect::Postgres);
    world
        .migration(
            "V0001__t",
            "CREATE TABLE t (n bigint);\nINSERT INTO t VALUES (1), (1);\n",
            "DROP TABLE t;\n",
        )
        .migration(
            "V0002__drop",
            "-- switchback: step drop no-transaction\nINSERT INTO later VALUES (1);\nDROP INDEX CONCURRENTLY dup;\n",
            "-- switchback: step drop no-transaction\n-- nothing to bring back\n",
        );
    world.connect().up(Target::Version(1)).unwrap();
    let mut client = postgres::Client::connect(world.url(), postgres::NoTls).unwrap();
    client.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY dup ON t (n)").unwrap_err();
    world.try_up().unwrap_err();
    assert_eq!(world.number("SELECT count(*) FROM pg_class WHERE relname = 'dup'"), 1);
    world.sql("CREATE TABLE later (id bigint)");
    world.up();
    assert_eq!(world.number("SELECT count(*) FROM pg_class WHERE relname = 'dup'"), 0);
}

#[test]
fn foreign_keys_cannot_be_switched_off_outside_a_transaction_and_stay_on_behind_one() {
    let world = World::new(Dialect::Sqlite);
    let tables = "CREATE TABLE p (id bigint PRIMARY KEY);\nCREATE TABLE c (p bigint REFERENCES p (id));\n";
    world.migration("V0001__tables", tables, "DROP TABLE c;\nDROP TABLE p;\n");
    for pragma in ["PRAGMA foreign_keys = OFF", "PRAGMA main.foreign_keys(0)", "pragma \"foreign_keys\" = no"]
    {
        world.migration(
            "V0002__off",
            &format!("-- switchback: step alone no-transaction\n{pragma};\n"),
            "-- switchback: step alone no-transaction\n-- nothing\n",
        );
        let e = world.try_up().unwrap_err();
        assert!(stable(&e, &world).starts_with("app/V0002__off/up.sql:2:1"), "{e}");
    }
    // Where they may be off, they are on again in the next migration of the same run.
    world.migration(
        "V0002__off",
        "PRAGMA foreign_keys = OFF;\nINSERT INTO p VALUES (1);\n",
        "DELETE FROM p;\n",
    );
    world.migration("V0003__child", "INSERT INTO c VALUES (7);\n", "DELETE FROM c;\n");
    let e = world.try_up().unwrap_err();
    assert_eq!(e.server_code(), Some("SQLITE_CONSTRAINT_FOREIGNKEY"), "{e}");
    assert_eq!(world.applied(), [1, 2]);
}

#[test]
fn settings_of_one_migration_do_not_reach_the_next_on_sqlite() {
    for single_transaction in [false, true] {
        let mut world = World::new(Dialect::Sqlite);
        world.options.single_transaction = single_transaction;
        world
            .migration(
                "V0001__t",
                "CREATE TABLE t (n bigint CHECK (n > 0));\nPRAGMA ignore_check_constraints = ON;\n",
                "DROP TABLE t;\n",
            )
            .migration("V0002__bad", "INSERT INTO t VALUES (-1);\n", "DELETE FROM t;\n");
        let e = world.try_up().unwrap_err();
        assert_eq!(e.server_code(), Some("SQLITE_CONSTRAINT_CHECK"), "{e}");
    }
}

#[test]
fn settings_of_one_migration_do_not_reach_the_next_on_postgres() {
    let role = format!("other_{}", uuid::Uuid::new_v4().simple());
    for single_transaction in [false, true] {
        let mut world = World::new(Dialect::Postgres);
        world.options.single_transaction = single_transaction;
        world.sql(&format!("CREATE ROLE {role};\nCREATE SCHEMA elsewhere AUTHORIZATION {role}"));
        world
            .migration(
                "V0001__elsewhere",
                "SET search_path = elsewhere;\nSET statement_timeout = '7s';\nCREATE TABLE one (id bigint);\n",
                "DROP TABLE elsewhere.one;\n",
            )
            .migration("V0002__here", "CREATE TABLE two (id bigint);\n", "DROP TABLE two;\n")
            .migration(
                "V0003__role",
                &format!("SET ROLE {role};\nCREATE TABLE elsewhere.three (id bigint);\n"),
                "DROP TABLE elsewhere.three;\n",
            )
            .migration(
                "V0004__who",
                "CREATE TABLE who AS SELECT current_user::text AS name, current_setting('statement_timeout') AS timeout;\n",
                "DROP TABLE who;\n",
            );
        world.up();
        let tables = world.rows("SELECT schemaname || '.' || tablename FROM pg_tables WHERE tablename IN ('one', 'two', 'three') ORDER BY tablename");
        let tables: Vec<String> = tables.iter().map(|r| r.at(0).unwrap()).collect();
        assert_eq!(tables, ["elsewhere.one", "elsewhere.three", "public.two"]);
        let who = &world.rows("SELECT name = session_user, timeout FROM who")[0];
        assert_eq!((who.at::<bool>(0).unwrap(), who.at::<String>(1).unwrap()), (true, "0".to_owned()));
        world.down(Target::Version(0));
        world.sql(&format!("DROP SCHEMA elsewhere;\nDROP ROLE {role}"));
    }
}

#[test]
fn a_password_in_an_error_reaches_neither_the_error_nor_the_journal() {
    on_both(|world| {
        let up = match world.dialect() {
            Dialect::Postgres => {
                "CREATE TABLE t (url text UNIQUE);\nINSERT INTO t VALUES ('postgres://u:s3cret@h/db'), ('postgres://u:s3cret@h/db');\n"
            }
            Dialect::Sqlite => {
                "CREATE TABLE t (url text);\nCREATE TRIGGER no BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'no postgres://u:s3cret@h/db'); END;\nINSERT INTO t VALUES ('x');\n"
            }
        };
        world.migration("V0001__t", up, "DROP TABLE t;\n");
        let e = world.try_up().unwrap_err();
        let log = world.connect().log(None).unwrap();
        let detail = log.last().unwrap().detail.clone().unwrap();
        assert_eq!(log.last().unwrap().event, "failed");
        assert!(detail.contains("***") && !detail.contains("s3cret"), "{detail}");
        assert!(!e.to_string().contains("s3cret") && !e.message().contains("s3cret"), "{e}");
        let ran = world.run(&["up"]).fails();
        assert!(!ran.err.contains("s3cret") && !ran.out.contains("s3cret"), "{ran:?}");
    });
}

#[test]
fn a_batch_of_any_type_of_key_goes_on_where_it_stopped_on_postgres() {
    let keys = [
        ("timestamp", "timestamp '2020-02-03 04:05:06.123457' + i * interval '1.000001 s'"),
        (
            "timestamptz",
            "CASE i WHEN 1 THEN '-infinity' WHEN 2 THEN timestamptz '0044-03-15 12:00:00 BC' ELSE timestamptz '2020-10-25 00:30:00 UTC' + i * interval '20 min' END",
        ),
        ("date", "date '2020-01-31' + i"),
        ("time", "time '00:00:00.000001' + i * interval '1 s'"),
        ("interval", "i * interval '-1 mon 3 days 04:05:06.7'"),
        ("uuid", "md5(i::text)::uuid"),
        (
            "text",
            "(array['', ' ', E'\\'', '\"', E'\\\\', E'\\n', 'é', 'E', '%', ':from', '$1', '{}', 'null', '[1]'])[i % 14 + 1] || CASE WHEN i < 14 THEN '' ELSE i::text END",
        ),
        ("char(5)", "'x' || i"),
        ("numeric", "CASE i WHEN 1 THEN 'NaN' ELSE i * 1234567890123456789.000000000000000001 END"),
        ("numeric(30,10)", "i / 7.0"),
        ("bytea", "decode(md5(i::text), 'hex') || '\\x5c00ff'"),
        ("double precision", "i / 3.0"),
        ("real", "(i / 3.0)::real"),
        ("boolean", "i % 2 = 0"),
        ("bigint[]", "array[i, -i]"),
        ("text[]", "array['a\"b', i::text]"),
        ("jsonb", "to_jsonb('k' || i)"),
        ("inet", "inet '10.0.0.0' + i"),
        ("oid", "i::oid"),
        ("int8range", "int8range(i, i + 1)"),
    ];
    let world = World::new(Dialect::Postgres);
    world.sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET DateStyle = ''SQL, DMY''', current_database()); END $$;\n
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET IntervalStyle = ''sql_standard''', current_database()); END $$;\n
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET TimeZone = ''Europe/Berlin''', current_database()); END $$;\n
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET extra_float_digits = 0', current_database()); END $$;\n
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET bytea_output = ''escape''', current_database()); END $$");
    for (i, (ty, value)) in keys.iter().enumerate() {
        let rows = if *ty == "boolean" { 2 } else { 23 };
        let version = i + 1;
        world.migration(
            &format!("V{version:04}__key"),
            &format!(
                "-- switchback: step table\nCREATE TABLE t{version} (k {ty} PRIMARY KEY, n bigint NOT NULL DEFAULT 0);\nINSERT INTO t{version} (k) SELECT {value} FROM generate_series(1, {rows}) i;
-- switchback: step add batch table=t{version} key=k size=1\nUPDATE t{version} SET n = n + 1 WHERE k BETWEEN :from AND :upto;\n"
            ),
            &format!(
                "-- switchback: step add batch table=t{version} key=k size=1\nUPDATE t{version} SET n = n - 1 WHERE k BETWEEN :from AND :upto;
-- switchback: step table\nDROP TABLE t{version};\n"
            ),
        );
        // Stopped in the middle, and gone on from what was written down.
        stopped_up(&world, rows / 2);
        world.up();
        let wrong = world.number(&format!("SELECT count(*) FROM t{version} WHERE n <> 1"));
        let all = world.number(&format!("SELECT count(*) FROM t{version}"));
        assert_eq!((wrong, all), (0, i64::from(rows)), "{ty}");
    }
}

/// Stops behind that many batches.
fn stopped_up(world: &World, batches: u32) {
    let options = Options::default();
    let flag = Arc::clone(&options.interrupt);
    let mut connected =
        world.migrator().options(options).connect(world.url()).unwrap().observer(move |event: &Event<'_>| {
            if matches!(event, Event::Batch { rows, .. } if *rows >= u64::from(batches)) {
                flag.store(true, Ordering::Relaxed);
            }
        });
    let e = connected.up(Target::Latest).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Interrupted, "{e}");
}

#[test]
fn a_batch_of_any_storage_class_of_key_goes_on_where_it_stopped_on_sqlite() {
    let world = World::new(Dialect::Sqlite);
    let texts = "char(39), char(34), char(10), char(1), '', ' ', 'é', '🦀', '%', ':from', '?1', '\\', '{\"int\":1}', 'null', 'ZZZ', 'zz'";
    let mixed = "-9223372036854775808, 9223372036854775807, -1, 0, 0.1, 1e300, -9e999, 9e999, 'text', '', x'', x'00ff', x'27', 0.30000000000000004";
    let tables = [
        ("text PRIMARY KEY NOT NULL", texts),
        ("text COLLATE NOCASE PRIMARY KEY NOT NULL", texts),
        ("PRIMARY KEY NOT NULL", mixed),
        (
            "blob PRIMARY KEY NOT NULL",
            "x'', x'00', x'0000', x'00ff', x'27', x'5c', x'ffffffffffffffffffffffffffffffff'",
        ),
        ("bigint PRIMARY KEY NOT NULL", "-5, 3, 'x', 2.5, x'01'"),
        ("text PRIMARY KEY NOT NULL", "1, 10, 9, '010', 1.0"),
    ];
    for (i, (key, values)) in tables.iter().enumerate() {
        let version = i + 1;
        let rows = values.replace(", ", "), (");
        world.migration(
            &format!("V{version:04}__key"),
            &format!(
                "-- switchback: step table\nCREATE TABLE t{version} (k {key}, n bigint NOT NULL DEFAULT 0);\nINSERT INTO t{version} (k) VALUES ({rows});
-- switchback: step add batch table=t{version} key=k size=2\nUPDATE t{version} SET n = n + 1 WHERE k BETWEEN :from AND :upto;\n"
            ),
            "-- switchback: step add\n-- nothing\n-- switchback: step table\n-- nothing\n",
        );
        for _ in 0..2 {
            stopped_up(&world, 1);
        }
        world.up();
        assert_eq!(world.number(&format!("SELECT count(*) FROM t{version} WHERE n <> 1")), 0, "{key}");
        assert!(world.number(&format!("SELECT count(*) FROM t{version}")) > 4);
    }
}

#[test]
fn a_statement_of_many_outside_a_transaction_is_done_once_whatever_comes_between() {
    on_both(|world| {
        world.migration("V0001__numbers", &numbers(3), "DROP TABLE numbers;\n");
        let names = ["a", "b", "c", "d"];
        let inserts: Vec<String> =
            names.iter().map(|n| format!("INSERT INTO {n} SELECT id FROM numbers;\n")).collect();
        world.migration(
            "V0002__alone",
            &format!("-- switchback: step alone no-transaction\n{}", inserts.concat()),
            "-- switchback: step alone no-transaction\n-- nothing\n",
        );
        for name in names {
            world.try_up().unwrap_err();
            world.sql(&format!("CREATE TABLE {name} (id bigint)"));
        }
        world.up();
        for name in names {
            assert_eq!(world.number(&format!("SELECT count(*) FROM {name}")), 3, "{name}");
        }
    });
}

#[test]
fn a_journal_mode_that_a_migration_chooses_stays_and_otherwise_no_journal_is_left() {
    let world = World::new(Dialect::Sqlite);
    let file = world.url().strip_prefix("sqlite:").unwrap().to_owned();
    let mode = || {
        let connection = rusqlite::Connection::open(&file).unwrap();
        connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0)).unwrap()
    };
    let journal = format!("{file}-journal");
    world.migration("V0001__t", "CREATE TABLE t (id bigint);\n", "DROP TABLE t;\n");
    world.up();
    assert_eq!(mode(), "delete");
    assert!(!std::path::Path::new(&journal).exists());
    world.migration(
        "V0002__broken",
        "INSERT INTO t VALUES (1);\nINSERT INTO nowhere VALUES (1);\n",
        "-- nothing\n",
    );
    world.try_up().unwrap_err();
    assert!(!std::path::Path::new(&journal).exists());
    world.remove("V0002__broken");
    // What a killed runner leaves is not hot: it changes nothing, and the next commit of anybody deletes it.
    std::fs::write(&journal, vec![0; 4096]).unwrap();
    assert_eq!(world.number("SELECT count(*) FROM t"), 0);
    world
        .migration("V0002__u", "CREATE TABLE u (id bigint);\n", "DROP TABLE u;\n")
        .migration(
            "V0003__wal",
            "-- switchback: step wal no-transaction\nPRAGMA journal_mode = WAL;\n",
            "-- switchback: step wal no-transaction\nPRAGMA journal_mode = DELETE;\n",
        )
        .migration("V0004__v", "CREATE TABLE v (id bigint);\n", "DROP TABLE v;\n");
    world.up();
    assert_eq!(mode(), "wal");
    world.down(Target::Version(1));
    assert_eq!(mode(), "delete");
    assert!(!std::path::Path::new(&journal).exists());
}

#[test]
fn a_database_that_a_migration_attaches_keeps_its_journal_mode() {
    let world = World::new(Dialect::Sqlite);
    let other = world.path().join("../other.db");
    let connection = rusqlite::Connection::open(&other).unwrap();
    connection
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE x (a); INSERT INTO x VALUES (1)")
        .unwrap();
    drop(connection);
    world.migration(
        "V0001__attached",
        &format!(
            "-- switchback: step attach no-transaction\nATTACH '{}' AS other;\n-- switchback: step copy\nCREATE TABLE t AS SELECT a FROM other.x;\n",
            other.display()
        ),
        "-- switchback: step attach\n-- nothing\n-- switchback: step copy\nDROP TABLE t;\n",
    );
    world.up();
    assert_eq!(world.number("SELECT count(*) FROM t"), 1);
    let connection = rusqlite::Connection::open(&other).unwrap();
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}
