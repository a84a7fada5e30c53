//! `[[benchmark]]`: what a migration must not make slower, timed before it and behind it.

use crate::support::{World, numbers, on_both, stable};
use std::sync::atomic::Ordering;
use switchback::report::BenchmarkReport;
use switchback::{Dialect, Direction, Error, ErrorKind, Event, Options, Repair, Target};

/// A query that takes some milliseconds for each thousand of `n`.
fn slow(dialect: Dialect, n: u32) -> String {
    match dialect {
        Dialect::Sqlite => format!(
            "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {n}) SELECT sum(i) FROM c"
        ),
        Dialect::Postgres => format!("SELECT pg_sleep({n} / 1000000.0)"),
    }
}

fn benchmark(world: &World, folder: &str, name: &str, before: &str, after: &str, more: &str) {
    world.file(
        &format!("{folder}/migration.toml"),
        format!("[[benchmark]]\nname = '{name}'\nbefore = \"\"\"{before}\"\"\"\nafter = \"\"\"{after}\"\"\"\n{more}\n"),
    );
}

/// A query that is fast, and one that takes sixty times as long.
fn fast_and_slow(world: &World) -> (String, String) {
    (slow(world.dialect(), 1_000), slow(world.dialect(), 60_000))
}

fn begun(world: &World) {
    world.migration("V0001__numbers", &numbers(50), "DROP TABLE numbers;\n");
    world.up();
}

/// A second version that is an index.
fn index(world: &World) {
    world.migration("V0002__index", "CREATE INDEX numbers_n ON numbers (n);\n", "DROP INDEX numbers_n;\n");
}

fn slowdown(world: &World) -> Error {
    let e = world.try_up().unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Slowdown, "{e}");
    e
}

fn only(report: &switchback::Report) -> &BenchmarkReport {
    let [one] = report.migrations[0].benchmarks.as_slice() else { panic!("{report:?}") };
    one
}

#[test]
fn a_query_is_timed_before_and_behind_under_the_names_that_its_tables_have_then() {
    on_both(|world| {
        begun(&world);
        world.migration(
            "V0002__renamed",
            "ALTER TABLE numbers RENAME TO figures;\n",
            "ALTER TABLE figures RENAME TO numbers;\n",
        );
        benchmark(&world, "V0002__renamed", "all", "SELECT * FROM numbers", "SELECT * FROM figures", "");
        let planned = world.connect().plan(Direction::Up, Target::Latest).unwrap();
        let planned = &planned.migrations[0].benchmarks[0];
        assert_eq!(
            (planned.before.as_str(), planned.after.as_str()),
            ("SELECT * FROM numbers", "SELECT * FROM figures")
        );
        assert_eq!((planned.runs, planned.max_slowdown), (5, None));
        let report = world.up();
        let found = only(&report);
        assert_eq!(found.name, "all");
        assert!(found.before.unwrap() > 0.0 && found.after > 0.0 && found.ratio.unwrap() > 0.0);
        // The way down times nothing.
        let down = world.down(Target::Steps(1));
        assert_eq!(down.migrations[0].benchmarks, []);
    });
}

#[test]
fn what_a_query_writes_is_rolled_back_and_is_no_loss() {
    on_both(|world| {
        begun(&world);
        for (folder, up) in [
            ("V0002__more", "ALTER TABLE numbers ADD COLUMN more bigint;\nUPDATE numbers SET n = 2;\n"),
            ("V0003__most", "INSERT INTO numbers (id, n) VALUES (99, 2);\n"),
        ] {
            world.file(&format!("{folder}/up.sql"), up).file(
                &format!("{folder}/migration.toml"),
                "irreversible = 'x'\n[[benchmark]]\nname = 'd'\nbefore = 'DELETE FROM numbers'\n[[benchmark]]\nname = 'u'\nbefore = 'UPDATE numbers SET n = 7'\n",
            );
        }
        let report = world.up();
        let timed: Vec<usize> = report.migrations.iter().map(|m| m.benchmarks.len()).collect();
        assert_eq!(timed, [2, 2]);
        assert!(report.migrations.iter().flat_map(|m| &m.steps).all(|s| s.losses.is_empty()), "{report:?}");
        assert_eq!(world.number("SELECT CAST(sum(n) AS bigint) FROM numbers"), 102);
    });
}

#[test]
fn one_that_takes_too_long_behind_rolls_a_migration_back_with_both_times_in_the_message() {
    on_both(|world| {
        begun(&world);
        index(&world);
        let (fast, slow) = fast_and_slow(&world);
        benchmark(&world, "V0002__index", "sum", &fast, &slow, "runs = 3\nmax_slowdown = 1.5");
        let e = slowdown(&world);
        let text = stable(&e, &world);
        assert!(text.starts_with("app/V0002__index/migration.toml: `sum` took "), "{text}");
        assert!(text.contains(" times as long; max_slowdown is 1.5"), "{text}");
        assert!(!e.what_next().unwrap().contains("rollback"), "nothing of it stands: {e}");
        assert_eq!(world.applied(), [1]);
        assert_eq!(world.problems(), [] as [&str; 0]);
        // Without a limit it is only told, and the other way round nothing is wrong.
        benchmark(&world, "V0002__index", "sum", &slow, &fast, "runs = 1\nmax_slowdown = 1.5");
        let ratio = only(&world.up()).ratio.unwrap();
        assert!(ratio < 0.5, "{ratio}");
        world.down(Target::Steps(1));
        benchmark(&world, "V0002__index", "sum", &fast, &slow, "runs = 1");
        let ratio = only(&world.up()).ratio.unwrap();
        assert!(ratio > 1.5, "{ratio}");
    });
}

#[test]
fn a_difference_below_a_millisecond_never_counts() {
    on_both(|world| {
        begun(&world);
        index(&world);
        let more = "runs = 31\nmax_slowdown = 0.000001";
        benchmark(&world, "V0002__index", "one", "SELECT 1", "SELECT 1", more);
        assert!(only(&world.up()).ratio.unwrap() > 0.000001);
    });
}

const STEPS: &str = "-- switchback: step one
ALTER TABLE numbers ADD COLUMN a bigint;
-- switchback: step two batch table=numbers key=id size=10
UPDATE numbers SET a = n WHERE id BETWEEN :from AND :upto;
";
const BACK: &str = "-- switchback: step two
SELECT 1;
-- switchback: step one
ALTER TABLE numbers DROP COLUMN a;
";

#[test]
fn what_commits_in_parts_is_compared_with_the_time_before_also_by_the_run_that_goes_on() {
    on_both(|world| {
        begun(&world);
        world.migration("V0002__steps", STEPS, BACK);
        let (fast, slow) = fast_and_slow(&world);
        benchmark(&world, "V0002__steps", "sum", &fast, &slow, "runs = 1\nmax_slowdown = 1.5");
        for _ in 0..2 {
            let e = slowdown(&world);
            assert!(e.what_next().unwrap().contains("`rollback` goes back"), "{e}");
            assert_eq!(world.problems(), ["in_progress"]);
        }
        let log = world.connect().log(None).unwrap();
        assert_eq!(log.iter().filter(|e| e.event == "benchmarked").count(), 1);
        // The limit can be raised for what stands; turning back needs none.
        benchmark(&world, "V0002__steps", "sum", &fast, &slow, "runs = 1\nmax_slowdown = 100000");
        let before = only(&world.up()).before.unwrap();
        assert!(before > 0.0);
        world.down(Target::Steps(1));
        assert!(world.connect().verify_journal(None).is_ok());
    });
}

#[test]
fn a_run_that_goes_on_where_nothing_was_timed_says_so_and_refuses_nothing() {
    on_both(|mut world| {
        begun(&world);
        world.migration("V0002__steps", STEPS, BACK);
        let slow = slow(world.dialect(), 20_000);
        benchmark(&world, "V0002__steps", "sum", "SELECT 1", &slow, "runs = 1\nmax_slowdown = 1.5");
        world.options.benchmarks = false;
        let mut connected = world.connect();
        let flag = world.options.interrupt.clone();
        connected = connected.observer(move |event: &Event<'_>| {
            if matches!(event, Event::StepFinished { .. }) {
                flag.store(true, Ordering::Relaxed);
            }
        });
        connected.up(Target::Latest).unwrap_err();
        world.options = Options::default();
        let report = world.up();
        assert_eq!((only(&report).before, only(&report).ratio), (None, None));
    });
}

#[test]
fn steps_outside_a_transaction_stand_and_the_way_back_is_named() {
    on_both(|world| {
        begun(&world);
        world.migration(
            "V0002__index",
            "-- switchback: step alone no-transaction\nCREATE INDEX numbers_n ON numbers (n);\n",
            "-- switchback: step alone no-transaction\nDROP INDEX numbers_n;\n",
        );
        let (fast, slow) = fast_and_slow(&world);
        benchmark(&world, "V0002__index", "sum", &fast, &slow, "runs = 1\nmax_slowdown = 1.5");
        let e = slowdown(&world);
        assert!(e.what_next().unwrap().contains("`rollback` goes back"), "{e}");
        assert_eq!(world.problems(), ["in_progress"]);
        slowdown(&world);
        assert!(world.connect().repair(Repair::RetryStep).is_err(), "nothing is unknown about it");
        world.down(Target::Version(1));
        assert_eq!(world.problems(), [] as [&str; 0]);
    });
}

#[test]
fn a_query_that_fails_is_named_and_nothing_is_applied() {
    on_both(|world| {
        begun(&world);
        world.migration(
            "V0002__more",
            "ALTER TABLE numbers ADD COLUMN more bigint;\n",
            "ALTER TABLE numbers DROP COLUMN more;\n",
        );
        for (before, after) in
            [("SELECT more FROM numbers", "SELECT 1"), ("SELECT 1", "SELECT less FROM numbers")]
        {
            benchmark(&world, "V0002__more", "odd", before, after, "");
            let e = world.try_up().unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Check, "{e}");
            assert!(
                stable(&e, &world)
                    .starts_with("app/V0002__more/migration.toml: the benchmark `odd` could not run: "),
                "{e}"
            );
            assert_eq!(world.applied(), [1]);
        }
    });
}

#[test]
fn in_one_transaction_with_others_a_migration_with_benchmarks_keeps_its_own() {
    on_both(|mut world| {
        world.options.single_transaction = true;
        world.migration("V0001__numbers", &numbers(50), "DROP TABLE numbers;\n");
        index(&world);
        benchmark(&world, "V0002__index", "all", "SELECT * FROM numbers", "SELECT * FROM numbers", "");
        let report = world.up();
        assert_eq!(report.migrations[1].benchmarks.len(), 1);
    });
}

#[test]
fn a_saved_plan_holds_the_queries_and_their_limits() {
    let world = World::new(Dialect::Sqlite);
    begun(&world);
    index(&world);
    benchmark(&world, "V0002__index", "all", "SELECT 1", "SELECT 1", "max_slowdown = 2");
    let request = switchback::PlanRequest {
        action: switchback::plan::saved::Action::Up,
        target: Target::Latest,
        arguments: Vec::new(),
        expires: std::time::Duration::from_secs(60),
        rows_percent: 10,
    };
    let saved = world.connect().save_plan(&request).unwrap();
    world.connect().hold(&saved).unwrap();
    benchmark(&world, "V0002__index", "all", "SELECT 1", "SELECT 1", "max_slowdown = 200");
    let e = world.connect().hold(&saved).unwrap_err();
    assert!(e.to_string().contains("migration.toml (benchmarks)"), "{e}");
}
