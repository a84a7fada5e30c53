//! Migrations that nobody means to write: each gets a sentence, and the history stays true.

use crate::support::{World, numbers, on_both, stable};
use switchback::{Dialect, ErrorKind, Target};

#[test]
fn what_fails_only_at_the_commit_names_the_file() {
    on_both(|world| {
        world.migration(
            "V0001__deferred",
            "CREATE TABLE p (id bigint PRIMARY KEY);\nCREATE TABLE c (p bigint REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (7);\n",
            "DROP TABLE c;\nDROP TABLE p;\n",
        );
        let e = world.try_up().unwrap_err();
        assert!(stable(&e, &world).starts_with("app/V0001__deferred/up.sql: "), "{e}");
        assert!(matches!(e.server_code(), Some("23503" | "SQLITE_CONSTRAINT_FOREIGNKEY")), "{e}");
        assert!(!e.message().ends_with('.'), "{e}");
        assert!(!world.has_table("p"));
    });
}

#[test]
fn rows_that_nobody_would_receive_are_refused_before_anything_runs() {
    let world = World::new(Dialect::Postgres);
    world.migration("V0001__copy", "CREATE TABLE p (id bigint);\nCOPY p TO STDOUT;\n", "DROP TABLE p;\n");
    let e = world.try_up().unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Source);
    assert!(stable(&e, &world).starts_with("app/V0001__copy/up.sql:2:1: COPY … TO STDOUT"), "{e}");
}

#[test]
fn temporary_tables_with_the_names_of_ours_do_not_take_the_history() {
    let world = World::new(Dialect::Sqlite);
    let hiding: String = ["switchback_journal", "switchback_progress", "switchback_undo"]
        .map(|name| format!("CREATE TEMP TABLE {name} (id, token);\n"))
        .concat();
    world
        .migration("V0001__t", "CREATE TABLE t (id bigint);\n", "DROP TABLE t;\n")
        .migration(
            "V0002__temporary",
            &format!(
                "{hiding}CREATE TEMP TABLE refinery_schema_history (version, name, applied_on, checksum);\n"
            ),
            "-- nothing\n",
        )
        .migration("V0003__u", "CREATE TABLE u (id bigint);\n", "DROP TABLE u;\n");
    world.up();
    assert_eq!(world.applied(), [1, 2, 3]);
    world.down(Target::Version(0));
    assert!(!world.has_table("t"));
}

#[test]
fn a_migration_that_drops_our_own_tables_is_rolled_back() {
    on_both(|world| {
        world.migration("V0001__t", "CREATE TABLE t (id bigint);\n", "DROP TABLE t;\n");
        world.up();
        let mut all = vec![
            "DROP TABLE switchback_journal;\n",
            "DROP TABLE switchback_undo;\n",
            "DROP TABLE refinery_schema_history;\n",
        ];
        if world.dialect() == Dialect::Postgres {
            all.push("DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n");
        }
        for up in all {
            world.migration("V0002__drop", up, "-- nothing\n");
            world.try_up().unwrap_err();
            assert_eq!(world.applied(), [1], "{up}");
            assert!(world.has_table("t"));
        }
        world.down(Target::Version(0));
    });
}

#[test]
fn a_batch_that_moves_its_own_key_and_one_that_deletes_its_rows_come_to_an_end() {
    on_both(|world| {
        world
            .migration("V0001__numbers", &numbers(20), "DROP TABLE numbers;\n")
            .migration(
                "V0002__move",
                "-- switchback: step move batch table=numbers key=id size=5\nUPDATE numbers SET id = id + 1000 WHERE id BETWEEN :from AND :upto AND id < 1000;\n",
                "-- switchback: step move\nUPDATE numbers SET id = id - 1000;\n",
            )
            .migration(
                "V0003__delete",
                "-- switchback: step delete batch table=numbers key=id size=5\nDELETE FROM numbers WHERE id BETWEEN :from AND :upto;\n",
                "-- switchback: step delete\n-- nothing\n",
            )
            .file("V0003__delete/migration.toml", "lossy = [\"numbers\"]\n");
        world.connect().up(Target::Version(2)).unwrap();
        assert_eq!(world.number("SELECT count(*) FROM numbers WHERE id BETWEEN 1001 AND 1020"), 20);
        let report = world.up();
        assert_eq!(report.migrations[0].steps[0].changes[0].rows, Some(20));
        assert_eq!(world.number("SELECT count(*) FROM numbers"), 0);
    });
}

#[test]
fn what_a_file_sets_reaches_neither_the_text_nor_the_records_of_the_next() {
    let world = World::new(Dialect::Postgres);
    let set = "SET standard_conforming_strings = off;\nSET search_path = pg_catalog;\nSET default_transaction_read_only = on;\n";
    world
        .migration("V0001__t", "CREATE TABLE t (v text);\n", "DROP TABLE t;\n")
        .migration("V0002__in_a_transaction", set, "-- nothing\n")
        // The first statement goes out together with BEGIN: it must not be read as the file before would have it read.
        .migration("V0003__first", "INSERT INTO t VALUES ('a\\n');\n", "DELETE FROM t;\n")
        .migration(
            "V0004__outside",
            &format!("-- switchback: step set no-transaction\n{set}"),
            "-- switchback: step set\n-- nothing\n",
        )
        .migration("V0005__second", "INSERT INTO t VALUES ('b\\n');\n", "DELETE FROM t;\n");
    world.up();
    assert_eq!(world.number("SELECT count(*) FROM t WHERE v IN (E'a\\\\n', E'b\\\\n')"), 2);
}

#[test]
fn deferred_triggers_run_as_the_file_left_the_session() {
    let world = World::new(Dialect::Postgres);
    world.migration(
        "V0001__deferred",
        "CREATE SCHEMA elsewhere;
SET search_path = elsewhere;
CREATE TABLE seen (id bigint);
CREATE TABLE t (id bigint);
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES (NEW.id); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION see();
INSERT INTO t VALUES (7);
",
        "DROP SCHEMA elsewhere CASCADE;\n",
    );
    world.up();
    assert_eq!(world.number("SELECT id FROM elsewhere.seen"), 7);
}

#[test]
fn the_first_statement_of_a_file_has_its_place_in_an_error() {
    on_both(|world| {
        for (text, line) in [
            ("SELEC 1;\n", "up.sql:1:1"),
            ("\n  SELECT 1 FROM nowhere;\n", "up.sql:2:"),
            ("-- Größe\nSELECT 'ä', nonsense;\n", "up.sql:2:13"),
        ] {
            world.migration("V0001__first", text, "-- nothing\n");
            let e = world.try_up().unwrap_err();
            assert!(stable(&e, &world).starts_with(&format!("app/V0001__first/{line}")), "{text}: {e}");
        }
        world.migration("V0001__first", "CREATE TABLE t (id bigint);\n", "DROP TABLE t;\n");
        world.up();
    });
}

#[test]
fn many_rows_of_a_type_that_the_driver_does_not_know_are_read_wherever_they_come_from() {
    let world = World::new(Dialect::Postgres);
    world
        .migration(
            "V0001__moods",
            "CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TABLE t (id bigint PRIMARY KEY, mood mood NOT NULL, moods mood[] NOT NULL);
INSERT INTO t SELECT n, 'low', '{low,high}' FROM generate_series(1, 20000) n;
",
            "DROP TABLE t;\nDROP TYPE mood;\n",
        )
        .file("V0001__moods/checks.sql", "SELECT * FROM t WHERE mood = 'high';\n");
    world.up();
    let rows = world.connect().transaction(|ctx| {
        let mut rows = 0;
        ctx.query_each("SELECT mood, moods::text FROM t WHERE mood = $1", &["low".into()], &mut |row| {
            rows += i32::from(row.at::<String>(0)? == "low");
            Ok(())
        })?;
        Ok(rows)
    });
    assert_eq!(rows.unwrap(), 20_000);
    world.migration("V0002__high", "UPDATE t SET mood = 'high';\n", "UPDATE t SET mood = 'low';\n");
    world.file("V0002__high/checks.sql", "SELECT * FROM t WHERE mood = 'high';\n");
    let e = world.try_up().unwrap_err();
    assert!(e.message().contains("20000 rows"), "{e}");
    assert_eq!(world.number("SELECT count(*) FROM t WHERE mood = 'low'"), 20_000);
}
