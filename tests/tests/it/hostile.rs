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
            );
        world.connect().up(Target::Version(2)).unwrap();
        assert_eq!(world.number("SELECT count(*) FROM numbers WHERE id BETWEEN 1001 AND 1020"), 20);
        let report = world.up();
        assert_eq!(report.migrations[0].steps[0].changes[0].rows, Some(20));
        assert_eq!(world.number("SELECT count(*) FROM numbers"), 0);
    });
}
