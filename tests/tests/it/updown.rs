//! Up, down, redo, and what is refused.

use crate::support::{World, on_both, stable};
use switchback::{Dialect, Direction, ErrorKind, Repair, Target};

fn two(world: &World) {
    world
        .migration(
            "V0001__users",
            "CREATE TABLE users (id bigint PRIMARY KEY, name text);\n",
            "DROP TABLE users;\n",
        )
        .migration(
            "V0002__tags",
            "CREATE TABLE tags (id bigint PRIMARY KEY);\nINSERT INTO tags VALUES (1), (2);\n",
            "DROP TABLE tags;\n",
        );
}

#[test]
fn up_applies_all_and_down_undoes_all() {
    on_both(|world| {
        two(&world);
        let report = world.up();
        assert_eq!(report.migrations.len(), 2);
        assert_eq!(report.migrations[1].steps[0].changes[1].rows, Some(2));
        assert_eq!(world.applied(), [1, 2]);
        assert!(world.has_table("users") && world.has_table("tags"));
        assert!(world.up().migrations.is_empty(), "nothing left to do");
        assert_eq!(world.down(Target::Steps(1)).migrations[0].version, 2);
        assert_eq!(world.applied(), [1]);
        world.down(Target::Version(0));
        assert!(world.applied().is_empty());
        assert!(!world.has_table("users"));
        assert_eq!(world.up().migrations.len(), 2);
    });
}

#[test]
fn up_goes_to_a_version_and_by_steps() {
    on_both(|world| {
        two(&world);
        let mut connected = world.connect();
        assert_eq!(connected.up(Target::Version(1)).unwrap().migrations.len(), 1);
        assert_eq!(connected.up(Target::Steps(5)).unwrap().migrations.len(), 1);
        let e = connected.up(Target::Version(7)).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Config);
    });
}

#[test]
fn status_and_plan_create_nothing() {
    on_both(|world| {
        two(&world);
        let mut connected = world.migrator().connect_read_only(world.url()).unwrap();
        let status = connected.status().unwrap();
        assert_eq!(status.pending.len(), 2);
        let plan = connected.plan(Direction::Up, Target::Latest).unwrap();
        assert_eq!(plan.migrations[0].steps[0].sql, "CREATE TABLE users (id bigint PRIMARY KEY, name text);");
        assert_eq!((plan.from, plan.to), (None, Some(2)));
        drop(connected);
        for table in
            ["refinery_schema_history", "switchback_journal", "switchback_progress", "switchback_undo"]
        {
            assert!(!world.has_table(table), "{table}");
        }
    });
}

#[test]
fn a_failing_statement_rolls_its_migration_back_and_keeps_those_before() {
    on_both(|world| {
        two(&world);
        world.migration(
            "V0003__bad",
            "CREATE TABLE half (id bigint);\nINSERT INTO nowhere VALUES (1);\n",
            "DROP TABLE half;\n",
        );
        let e = world.try_up().unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Statement);
        let at = e.location().unwrap();
        // PostgreSQL points at the name; SQLite has no offset for a missing table, so it is the statement.
        let column = match world.dialect() {
            Dialect::Sqlite => 1,
            Dialect::Postgres => 13,
        };
        assert_eq!((at.line, at.column), (Some(2), Some(column)), "{e}");
        assert!(stable(&e, &world).starts_with("app/V0003__bad/up.sql:2:"), "{e}");
        assert_eq!(
            e.what_is_applied(),
            Some("2 migrations are applied (V1__users to V2__tags), what failed is rolled back")
        );
        assert_eq!(world.applied(), [1, 2]);
        assert!(!world.has_table("half"));
        world.file("V0003__bad/up.sql", "CREATE TABLE half (id bigint);\n");
        assert_eq!(world.up().migrations.len(), 1);
    });
}

#[test]
fn a_runtime_error_names_the_line_of_its_statement() {
    on_both(|world| {
        world.migration(
            "V0001__dup",
            "-- a comment\nCREATE TABLE t (id bigint PRIMARY KEY);\n\nINSERT INTO t VALUES (1);\n-- again\nINSERT INTO t VALUES (1);\n",
            "DROP TABLE t;\n",
        );
        let e = world.try_up().unwrap_err();
        assert_eq!(e.location().unwrap().line, Some(6), "{e}");
        assert!(matches!(e.server_code(), Some("23505" | "SQLITE_CONSTRAINT_PRIMARYKEY")), "{e}");
    });
}

#[test]
fn a_changed_up_is_refused_and_a_changed_down_is_only_a_problem() {
    on_both(|world| {
        two(&world);
        world.up();
        world.file("V0002__tags/down.sql", "DROP TABLE tags; -- changed\n");
        assert_eq!(world.problems(), ["changed_down"]);
        assert!(world.up().migrations.is_empty());
        // The recorded way down runs, not the changed one.
        world.file("V0002__tags/down.sql", "DROP TABLE nonsense;\n");
        world.down(Target::Steps(1));
        assert!(!world.has_table("tags"));
        world.file("V0002__tags/down.sql", "DROP TABLE tags;\n");
        world.up();
        world.file("V0001__users/up.sql", "CREATE TABLE users (id bigint PRIMARY KEY);\n");
        let e = world.try_up().unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Diverged);
        assert!(e.message().contains("repair --accept 1"), "{e}");
    });
}

#[test]
fn a_vanished_file_and_a_late_lower_version_are_refused_together() {
    on_both(|world| {
        two(&world);
        world.migration("V0004__four", "CREATE TABLE four (id bigint);\n", "DROP TABLE four;\n");
        world.up();
        world.remove("V0002__tags");
        world.migration("V0003__late", "CREATE TABLE late (id bigint);\n", "DROP TABLE late;\n");
        let e = world.try_up().unwrap_err();
        assert!(e.message().contains("V2__tags is applied, but its file is gone"), "{e}");
        assert!(e.message().contains("V3__late is not applied, but a higher version is"), "{e}");
        assert_eq!(world.problems(), ["vanished", "out_of_order"]);
    });
}

#[test]
fn an_older_release_goes_down_from_the_stored_way_down() {
    on_both(|world| {
        two(&world);
        world.up();
        world.remove("V0002__tags");
        assert_eq!(world.down(Target::Version(1)).migrations[0].version, 2);
        assert!(!world.has_table("tags"));
        assert_eq!(world.applied(), [1]);
    });
}

#[test]
fn a_tampered_stored_way_down_is_refused() {
    on_both(|world| {
        two(&world);
        world.up();
        world.remove("V0002__tags");
        world.sql("UPDATE switchback_undo SET body = 'DROP TABLE users;' WHERE version = 2");
        let e = world.try_down(Target::Steps(1)).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Refused);
        assert!(world.has_table("users") && world.has_table("tags"));
    });
}

#[test]
fn an_irreversible_migration_is_refused_with_its_reason() {
    on_both(|world| {
        two(&world);
        world.file("V0003__gone/up.sql", "DROP TABLE tags;\n").file(
            "V0003__gone/migration.toml",
            "irreversible = \"the tags are in the archive\"\nlossy = [\"tags\"]\n",
        );
        world.up();
        let e = world.try_down(Target::Version(0)).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Irreversible);
        assert!(e.message().contains("the tags are in the archive"), "{e}");
        assert_eq!(world.applied(), [1, 2, 3]);
    });
}

#[test]
fn one_transaction_and_many_give_the_same_history() {
    on_both(|mut world| {
        two(&world);
        world.options.single_transaction = true;
        let report = world.up();
        assert_eq!(report.migrations.len(), 2);
        assert_eq!(world.applied(), [1, 2]);
        let single =
            world.rows("SELECT version, name, checksum FROM refinery_schema_history ORDER BY version");
        world.down(Target::Version(0));
        world.options.single_transaction = false;
        world.up();
        assert_eq!(
            single,
            world.rows("SELECT version, name, checksum FROM refinery_schema_history ORDER BY version")
        );
    });
}

#[test]
fn one_transaction_keeps_nothing_when_its_last_migration_fails() {
    on_both(|mut world| {
        two(&world);
        world.migration("V0003__bad", "INSERT INTO nowhere VALUES (1);\n", "-- nothing\n");
        world.options.single_transaction = true;
        let e = world.try_up().unwrap_err();
        assert_eq!(e.location().unwrap().line, Some(1));
        assert!(world.applied().is_empty());
        assert!(!world.has_table("users"));
    });
}

#[test]
fn a_check_that_returns_rows_rolls_the_migration_back() {
    on_both(|world| {
        two(&world);
        world.file(
            "V0002__tags/checks.sql",
            "SELECT 1 FROM tags WHERE id > 5;\nSELECT id FROM tags WHERE id = 2;\n",
        );
        let e = world.try_up().unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Check);
        assert_eq!(e.location().unwrap().line, Some(2));
        assert!(!world.has_table("tags"));
    });
}

#[test]
fn the_journal_is_a_chain() {
    on_both(|world| {
        two(&world);
        world.up();
        world.down(Target::Steps(1));
        let log = world.connect().log(None).unwrap();
        let events: Vec<&str> = log.iter().map(|e| e.event.as_str()).collect();
        assert_eq!(
            events,
            [
                "run_started",
                "step_finished",
                "step_finished",
                "run_finished",
                "run_started",
                "reverted",
                "run_finished"
            ]
        );
        for pair in log.windows(2) {
            assert_eq!(pair[1].prev, pair[0].hash);
            assert_eq!(pair[1].id, pair[0].id + 1);
        }
        assert_eq!(world.connect().log(Some(2)).unwrap().len(), 2);
    });
}

#[test]
fn an_accepted_file_keeps_its_place_in_the_order_of_going_down() {
    on_both(|world| {
        world.migration("V0001__one", "CREATE TABLE one (id bigint);\n", "DROP TABLE one;\n").migration(
            "V0002__two",
            "CREATE TABLE two (id bigint);\n",
            "DROP TABLE two;\n",
        );
        world.up();
        world.file("V0001__one/up.sql", "CREATE TABLE one (id bigint);\n-- a comment\n");
        world.connect().repair(Repair::Accept(1)).unwrap();
        world.down(Target::Steps(1));
        assert_eq!(world.applied(), [1]);
    });
}

#[test]
fn a_way_down_that_is_written_later_is_used_and_no_problem() {
    on_both(|world| {
        world.file("V1__one.sql", "CREATE TABLE one (id bigint);\n");
        world.up();
        assert_eq!(world.try_down(Target::Steps(1)).unwrap_err().kind(), ErrorKind::Irreversible);
        world.file("V1__one.down.sql", "DROP TABLE one;\n");
        assert!(world.problems().is_empty());
        world.down(Target::Steps(1));
        assert!(!world.has_table("one"));
    });
}
