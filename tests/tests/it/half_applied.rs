//! Migrations of several steps, stopped at every place, and turned round there.

use crate::support::{World, numbers, on_both};
use switchback::{ErrorKind, Repair, Target};

const UP: &str = "-- switchback: step expand
ALTER TABLE numbers ADD COLUMN double bigint;
-- switchback: step fill batch table=numbers key=id size=10
UPDATE numbers SET double = id * 2 WHERE id BETWEEN :from AND :upto;
-- switchback: step log
CREATE TABLE log (id bigint);
";

const DOWN: &str = "-- switchback: step log
DROP TABLE log;
-- switchback: step fill batch table=numbers key=id size=10
UPDATE numbers SET double = NULL WHERE id BETWEEN :from AND :upto;
-- switchback: step expand
ALTER TABLE numbers DROP COLUMN double;
";

fn stepped(world: &World) {
    world.migration("V0001__numbers", &numbers(95), "DROP TABLE numbers;\n").migration(
        "V0002__steps",
        UP,
        DOWN,
    );
}

#[test]
fn all_steps_and_batches_run_and_turn_back() {
    on_both(|world| {
        stepped(&world);
        let report = world.up();
        let steps: Vec<(&str, u64)> = report.migrations[1]
            .steps
            .iter()
            .map(|s| (s.name.as_str(), s.changes.iter().filter_map(|c| c.rows).sum()))
            .collect();
        assert_eq!(steps, [("expand", 0), ("fill", 95), ("log", 0)]);
        assert_eq!(world.number("SELECT count(*) FROM numbers WHERE double = id * 2"), 95);
        world.down(Target::Steps(1));
        assert_eq!(world.number("SELECT count(*) FROM numbers"), 95);
        assert_eq!(world.number("SELECT count(*) FROM switchback_progress"), 0);
    });
}

#[test]
fn up_goes_on_where_a_failing_step_stopped() {
    on_both(|world| {
        stepped(&world);
        world.file("V0002__steps/up.sql", UP.replace("CREATE TABLE log", "CREATE TABEL log"));
        world.try_up().unwrap_err();
        assert_eq!(world.applied(), [1]);
        assert_eq!(world.problems(), ["in_progress"]);
        // A changed text does not go on with what another text began.
        world.file("V0002__steps/up.sql", UP);
        let e = world.try_up().unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Diverged, "{e}");
        world.down(Target::Steps(1));
        assert!(world.problems().is_empty());
        assert_eq!(world.up().migrations.len(), 1);
    });
}

#[test]
fn a_failing_batch_keeps_the_batches_before_it_and_goes_on_behind_them() {
    on_both(|world| {
        stepped(&world);
        // 1 / (id - 55) fails in the sixth batch.
        let up = UP.replace("id * 2", "id * 2 + 0 / (CASE WHEN n = 1 THEN 0 ELSE 1 END)");
        world.file("V0002__steps/up.sql", &up);
        world.connect().up(Target::Version(1)).unwrap();
        if world.dialect() == switchback::Dialect::Sqlite {
            // SQLite divides by zero to NULL; let a constraint fail instead.
            world.sql("CREATE TRIGGER stop BEFORE UPDATE ON numbers WHEN old.n = 1 AND new.n = 1 BEGIN SELECT RAISE(ABORT, 'stop'); END");
        }
        world.sql("UPDATE numbers SET n = 1 WHERE id = 55");
        world.try_up().unwrap_err();
        assert_eq!(world.number("SELECT count(*) FROM numbers WHERE double IS NOT NULL"), 50);
        if world.dialect() == switchback::Dialect::Sqlite {
            world.sql("DROP TRIGGER stop");
        }
        world.sql("UPDATE numbers SET n = 0 WHERE id = 55");
        let report = world.up();
        assert_eq!(report.migrations[0].steps[0].name, "fill");
        assert_eq!(report.migrations[0].steps[0].changes[0].rows, Some(45));
        assert_eq!(world.number("SELECT count(*) FROM numbers WHERE double = id * 2"), 95);
    });
}

#[test]
fn down_from_a_half_done_batch_undoes_exactly_what_was_done() {
    on_both(|world| {
        // The fill adds; undoing more or less than was done would show.
        world.migration("V0001__numbers", &numbers(95), "DROP TABLE numbers;\n").migration(
            "V0002__add",
            "-- switchback: step add batch table=numbers key=id size=10
UPDATE numbers SET n = n + 1 WHERE id BETWEEN :from AND :upto AND (SELECT count(*) FROM stop) >= 0;
-- switchback: step log
CREATE TABLE log (id bigint);
",
            "-- switchback: step log
DROP TABLE log;
-- switchback: step add batch table=numbers key=id size=7
UPDATE numbers SET n = n - 1 WHERE id BETWEEN :from AND :upto;
",
        );
        world.connect().up(Target::Version(1)).unwrap();
        match world.dialect() {
            switchback::Dialect::Sqlite => world.sql("CREATE TABLE stop (id bigint);\nCREATE TRIGGER stop_at BEFORE UPDATE ON numbers WHEN old.id = 55 AND new.n > old.n BEGIN SELECT RAISE(ABORT, 'stop'); END"),
            switchback::Dialect::Postgres => world.sql("CREATE TABLE stop (id bigint);\nALTER TABLE numbers ADD CONSTRAINT stop_at CHECK (id <> 55 OR n < 1)"),
        }
        world.try_up().unwrap_err();
        assert_eq!(world.number("SELECT CAST(sum(n) AS bigint) FROM numbers"), 50);
        world.down(Target::Steps(1));
        assert_eq!(world.number("SELECT count(*) FROM numbers WHERE n <> 0"), 0);
        assert!(world.problems().is_empty());
        assert_eq!(world.applied(), [1]);
    });
}

#[test]
fn a_half_done_batch_without_a_batched_down_is_completed_before_it_is_undone() {
    on_both(|world| {
        world.migration("V0001__numbers", &numbers(30), "DROP TABLE numbers;\n").migration(
            "V0002__add",
            "-- switchback: step add batch table=numbers key=id size=10
UPDATE numbers SET n = n + 1 WHERE id BETWEEN :from AND :upto;
",
            "-- switchback: step add\nUPDATE numbers SET n = n - 1;\n",
        );
        world.connect().up(Target::Version(1)).unwrap();
        match world.dialect() {
            switchback::Dialect::Sqlite => world.sql("CREATE TRIGGER stop_at BEFORE UPDATE ON numbers WHEN old.id = 25 AND new.n > old.n BEGIN SELECT RAISE(ABORT, 'stop'); END"),
            switchback::Dialect::Postgres => world.sql("ALTER TABLE numbers ADD CONSTRAINT stop_at CHECK (id <> 25 OR n < 1)"),
        }
        world.try_up().unwrap_err();
        assert_eq!(world.number("SELECT CAST(sum(n) AS bigint) FROM numbers"), 20);
        let e = world.try_down(Target::Steps(1)).unwrap_err();
        assert!(e.what_next().unwrap().contains("completed first"), "{e}");
        match world.dialect() {
            switchback::Dialect::Sqlite => world.sql("DROP TRIGGER stop_at"),
            switchback::Dialect::Postgres => world.sql("ALTER TABLE numbers DROP CONSTRAINT stop_at"),
        }
        world.down(Target::Steps(1));
        assert_eq!(world.number("SELECT count(*) FROM numbers WHERE n <> 0"), 0);
    });
}

#[test]
fn a_half_applied_migration_with_unequal_sides_only_goes_on() {
    on_both(|world| {
        world.migration("V0001__numbers", &numbers(5), "DROP TABLE numbers;\n").migration(
            "V0002__uneven",
            "-- switchback: step one\nCREATE TABLE one (id bigint);\n-- switchback: step two\nINSERT INTO later VALUES (1);\n",
            "DELETE FROM later;\nDROP TABLE one;\n",
        );
        world.try_up().unwrap_err();
        let e = world.try_down(Target::Steps(1)).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::HalfDone);
        world.sql("CREATE TABLE later (id bigint)");
        world.up();
        world.down(Target::Steps(1));
        assert!(!world.has_table("one"));
    });
}

#[test]
fn a_bad_batch_key_is_refused_by_name() {
    on_both(|world| {
        for (table, key, why) in [
            ("numbers", "n", "not unique"),
            ("numbers", "nope", "no such column"),
            ("loose", "id", "can be NULL"),
        ] {
            let world = World::new(world.dialect());
            world.migration(
                "V0001__numbers",
                &format!("{}CREATE TABLE loose (id bigint UNIQUE);\n", numbers(5)),
                "DROP TABLE loose;\nDROP TABLE numbers;\n",
            );
            world.migration(
                "V0002__fill",
                &format!("-- switchback: step fill batch table={table} key={key} size=2\nUPDATE {table} SET id = id WHERE id BETWEEN :from AND :upto;\n"),
                "-- nothing\n",
            );
            let e = world.try_up().unwrap_err();
            assert!(e.message().contains(&format!("{table}.{key} cannot be the key of a batch")), "{e}");
            assert!(e.message().contains(why), "{e}");
        }
    });
}

#[test]
fn an_interrupted_step_outside_a_transaction_is_a_named_state() {
    on_both(|world| {
        world.migration("V0001__numbers", &numbers(5), "DROP TABLE numbers;\n").migration(
            "V0002__index",
            "-- switchback: step index no-transaction\nCREATE INDEX numbers_n ON numbers (n);\n-- switchback: step more\nCREATE TABLE more (id bigint);\n",
            "-- switchback: step more\nDROP TABLE more;\n-- switchback: step index no-transaction\nDROP INDEX numbers_n;\n",
        );
        world.up();
        world.down(Target::Steps(1));
        // What a killed process leaves: started, never finished.
        world.file("V0002__index/up.sql", "-- switchback: step index no-transaction\nCREATE INDEX numbers_n ON numbers (nope);\n-- switchback: step more\nCREATE TABLE more (id bigint);\n");
        world.try_up().unwrap_err();
        world.sql("UPDATE switchback_progress SET started = 1");
        assert_eq!(world.problems(), ["in_progress", "interrupted_step"]);
        for result in [world.try_up(), world.try_down(Target::Steps(1))] {
            let e = result.unwrap_err();
            assert_eq!(e.kind(), ErrorKind::HalfDone);
            assert!(e.what_next().unwrap().contains("repair --retry-step"), "{e}");
        }
        let mut connected = world.connect();
        assert_eq!(connected.repair_intent(Repair::StepDone).unwrap().writes.len(), 2);
        connected.repair(Repair::StepDone).unwrap();
        assert_eq!(world.applied(), [1, 2]);
        assert!(world.has_table("more"));
    });
}

#[test]
fn an_error_in_a_step_outside_a_transaction_goes_on_behind_the_statements_that_were_done() {
    on_both(|world| {
        guard_free(&world);
        world.migration(
            "V0002__index",
            "-- switchback: step index no-transaction\nCREATE INDEX a ON numbers (n);\nCREATE INDEX b ON later (n);\n",
            "-- switchback: step index no-transaction\nDROP INDEX b;\nDROP INDEX a;\n",
        );
        world.try_up().unwrap_err();
        assert_eq!(world.problems(), ["in_progress"]);
        world.sql("CREATE TABLE later (n bigint)");
        let report = world.up();
        assert_eq!(report.migrations[0].steps[0].changes.len(), 1, "only the second statement is left");
        world.down(Target::Steps(1));
        assert_eq!(world.applied(), [1]);
    });
}

fn guard_free(world: &World) {
    world.migration("V0001__numbers", &numbers(5), "DROP TABLE numbers;\n");
}
