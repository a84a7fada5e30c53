//! Several runners at once, lost locks, and interrupts.

use crate::support::{World, numbers, on_both, until};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use switchback::{Dialect, ErrorKind, Event, Migrator, Options, Result, Target};
use switchback_tests::STORM;

/// A fill that shows when a row was done twice or not at all.
fn adding(world: &World) {
    world.migration("V0001__numbers", &numbers(400), "DROP TABLE numbers;\n").migration(
        "V0002__add",
        "-- switchback: step begin\nCREATE TABLE begun (id bigint);\n-- switchback: step add batch table=numbers key=id size=10
UPDATE numbers SET n = n + 1 WHERE id BETWEEN :from AND :upto;
-- switchback: step log\nCREATE TABLE log (id bigint);\n",
        "-- switchback: step log\nDROP TABLE log;\n-- switchback: step add batch table=numbers key=id size=10
UPDATE numbers SET n = n - 1 WHERE id BETWEEN :from AND :upto;\n-- switchback: step begin\nDROP TABLE begun;\n",
    );
}

#[test]
fn eight_runners_apply_every_migration_once() {
    for dialect in Dialect::ALL {
        for runners in [2, 4, 8] {
            let database = switchback_tests::fresh(dialect);
            let children: Vec<_> = (0..runners)
                .map(|_| {
                    Command::new(env!("CARGO_BIN_EXE_storm"))
                        .args([database.url(), "up"])
                        .stderr(Stdio::piped())
                        .spawn()
                        .unwrap()
                })
                .collect();
            for child in children {
                let output = child.wait_with_output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            }
            let mut connected = Migrator::new(STORM).connect(database.url()).unwrap();
            let log = connected.log(None).unwrap();
            let steps = log.iter().filter(|e| e.event == "step_finished").count();
            assert_eq!(steps, 10, "each step once, whoever ran it");
            let wrong = connected
                .transaction(|ctx| ctx.query("SELECT count(*) FROM numbers WHERE n <> id % 7 + 10", &[]))
                .unwrap();
            assert_eq!(wrong[0].at::<i64>(0).unwrap(), 0);
        }
    }
}

#[test]
fn a_runner_that_may_not_wait_says_who_holds_the_lock() {
    on_both(|world| {
        adding(&world);
        let other = world.url().to_owned();
        let dir = world.path();
        let mut told = None;
        // In the middle of the run another runner comes, and may not wait.
        let refused: Arc<std::sync::Mutex<Option<switchback::Error>>> = Arc::default();
        let seen = Arc::clone(&refused);
        let mut connected = world.connect().observer(move |event: &Event<'_>| {
            if matches!(event, Event::Batch { rows: 50, .. }) {
                let options = Options { lock_wait: Duration::ZERO, ..Options::default() };
                let second =
                    Migrator::new(dir.clone()).options(options).connect(&other).unwrap().up(Target::Latest);
                *seen.lock().unwrap() = second.err();
            }
        });
        connected.up(Target::Latest).unwrap();
        told.replace(refused.lock().unwrap().take().unwrap());
        let e = told.unwrap();
        assert_eq!(e.kind(), ErrorKind::Locked, "{e}");
        assert!(e.message().contains(&format!("pid {} on ", std::process::id())), "{e}");
        assert!(e.message().contains("since 20"), "{e}");
        assert!(e.what_next().unwrap().contains("--lock-wait"), "{e}");
    });
}

#[test]
fn a_lock_that_is_lost_in_mid_run_lets_nothing_happen_twice() {
    on_both(|world| {
        adding(&world);
        if world.dialect() == Dialect::Postgres {
            world.file(
                "V0002__add/up.sql",
                "-- switchback: step begin\nCREATE TABLE begun (id bigint);\nSELECT pg_advisory_unlock_all();\n-- switchback: step add batch table=numbers key=id size=10
UPDATE numbers SET n = n + 1 WHERE id BETWEEN :from AND :upto;
-- switchback: step log\nCREATE TABLE log (id bigint);\n",
            );
        }
        let lock_file = format!("{}.switchback-lock", world.url().trim_start_matches("sqlite:"));
        std::thread::scope(|scope| {
            let runners: Vec<_> = (0..4)
                .map(|_| {
                    let lock_file = lock_file.clone();
                    let world = &world;
                    let (migrator, url) = (world.migrator(), world.url().to_owned());
                    scope.spawn(move || -> Result<()> {
                        let mut connected = migrator.connect(&url)?.observer(move |event: &Event<'_>| {
                            if matches!(event, Event::Batch { .. }) {
                                // On SQLite the file that names the holder goes; on PostgreSQL the migration itself unlocks.
                                let _ = std::fs::remove_file(&lock_file);
                                std::thread::sleep(Duration::from_millis(2));
                            }
                        });
                        connected.up(Target::Latest).map(|_| ())
                    })
                })
                .collect();
            for runner in runners {
                if let Err(e) = runner.join().unwrap() {
                    assert!(matches!(e.kind(), ErrorKind::Moved | ErrorKind::Locked), "{e}");
                }
            }
        });
        world.up();
        assert_eq!(world.number("SELECT count(*) FROM numbers WHERE n = 1"), 400);
        assert_eq!(world.applied(), [1, 2]);
    });
}

#[test]
fn an_interrupt_rolls_the_batch_back_releases_the_lock_and_the_same_command_goes_on() {
    on_both(|mut world| {
        adding(&world);
        let flag = Arc::new(AtomicBool::new(false));
        world.options.interrupt = Arc::clone(&flag);
        let mut connected = world.connect().observer(move |event: &Event<'_>| {
            if matches!(event, Event::Batch { rows: 100, .. }) {
                flag.store(true, Ordering::Relaxed);
            }
        });
        let e = connected.up(Target::Latest).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Interrupted);
        drop(connected);
        world.options.interrupt = Arc::default();
        world.options.lock_wait = Duration::ZERO;
        assert_eq!(world.number("SELECT count(*) FROM numbers WHERE n = 1"), 100);
        world.up();
        assert_eq!(world.number("SELECT count(*) FROM numbers WHERE n = 1"), 400);
    });
}

#[test]
fn an_interrupt_ends_a_long_statement() {
    on_both(|mut world| {
        world.migration(
            "V0001__long",
            "CREATE TABLE t AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 2000000000) SELECT i FROM c;\n",
            "DROP TABLE t;\n",
        );
        let flag = Arc::clone(&world.options.interrupt);
        let start = Instant::now();
        std::thread::spawn(move || {
            // Some moment within a statement that would take minutes: nobody else can see that it runs.
            std::thread::sleep(Duration::from_millis(300));
            flag.store(true, Ordering::Relaxed);
        });
        let e = world.try_up().unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Interrupted, "{e}");
        assert!(start.elapsed() < Duration::from_secs(10));
        world.options.interrupt = Arc::default();
        assert!(!world.has_table("t"));
    });
}

#[test]
fn a_refused_lock_is_tried_again_and_not_queued_behind_for_long() {
    let mut world = World::new(Dialect::Postgres);
    world.migration("V0001__t", "CREATE TABLE t (id bigint);\n", "DROP TABLE t;\n").migration(
        "V0002__c",
        "ALTER TABLE t ADD COLUMN c bigint;\n",
        "ALTER TABLE t DROP COLUMN c;\n",
    );
    world.connect().up(Target::Version(1)).unwrap();
    world.options.lock_timeout = Duration::from_millis(100);
    let mut reader = postgres::Client::connect(world.url(), postgres::NoTls).unwrap();
    reader.batch_execute("BEGIN; SELECT * FROM t").unwrap();
    let tries = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let (counted, seen) = (Arc::clone(&tries), Arc::clone(&tries));
    let mut connected = world.connect().observer(move |event: &Event<'_>| {
        if let Event::Retrying { attempt, .. } = event {
            counted.store(*attempt, Ordering::Relaxed);
        }
    });
    std::thread::spawn(move || {
        until("a second refusal", || seen.load(Ordering::Relaxed) >= 2);
        reader.batch_execute("COMMIT").unwrap();
    });
    connected.up(Target::Latest).unwrap();
    assert!(tries.load(Ordering::Relaxed) >= 2);
}

#[test]
fn rows_inserted_behind_the_cursor_are_swept() {
    on_both(|world| {
        world.migration("V0001__numbers", &numbers(100), "DROP TABLE numbers;\n").migration(
            "V0002__fill",
            "-- switchback: step expand\nALTER TABLE numbers ADD COLUMN double bigint;\n-- switchback: step fill batch table=numbers key=id size=10
UPDATE numbers SET double = id * 2 WHERE id BETWEEN :from AND :upto;\n",
            "-- switchback: step fill\n-- nothing\n-- switchback: step expand\nALTER TABLE numbers DROP COLUMN double;\n",
        );
        let (url, dir) = (world.url().to_owned(), world.path());
        let mut connected = world.connect().observer(move |event: &Event<'_>| {
            if matches!(event, Event::Batch { rows: 60, .. }) {
                let mut writer = Migrator::new(dir.clone()).connect(&url).unwrap();
                writer
                    .transaction(|ctx| {
                        ctx.execute("INSERT INTO numbers (id, n) VALUES (-5, 0), (-4, 0)", &[])
                    })
                    .unwrap();
            }
        });
        connected.up(Target::Latest).unwrap();
        assert_eq!(world.number("SELECT count(*) FROM numbers WHERE double = id * 2"), 102);
    });
}
