//! Batch steps that are stopped and turned round any number of times: no row is done twice, none is forgotten, and
//! none is undone that was not done.

use crate::support::{World, numbers, on_both};
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use switchback::{
    Batches, Connected, Context, Dialect, Direction, EmbeddedSet, ErrorKind, Event, Migrator, Options,
    Result, RustMigration, Target,
};

const ROWS: usize = 40;
const UP_SIZE: usize = 3;
const DOWN_SIZE: usize = 4;

// Adding, not setting: a row that was done twice would show.
const UP: &str = "-- switchback: step begin\nCREATE TABLE begun (id bigint);
-- switchback: step add batch table=numbers key=id size=3\nUPDATE numbers SET n = n + 1 WHERE id BETWEEN :from AND :upto;
-- switchback: step log\nCREATE TABLE log (id bigint);\n";
const DOWN: &str = "-- switchback: step log\nDROP TABLE log;
-- switchback: step add batch table=numbers key=id size=4\nUPDATE numbers SET n = n - 1 WHERE id BETWEEN :from AND :upto;
-- switchback: step begin\nDROP TABLE begun;\n";

/// One command, stopped behind that many batches.
#[derive(Debug, Clone, Copy)]
struct Command {
    direction: Direction,
    batches: usize,
}

fn commands(longest: usize) -> impl Strategy<Value = Vec<Command>> {
    let one = (any::<bool>(), 1..9usize).prop_map(|(up, batches)| Command {
        direction: if up { Direction::Up } else { Direction::Down },
        batches,
    });
    proptest::collection::vec(one, 1..longest)
}

/// Where the migration stands.
#[derive(Debug, Clone, PartialEq)]
struct Model {
    rows: Vec<i64>,
    /// None while it is half-done.
    applied: Option<bool>,
}

/// Carries the commands out on both the database and the model, and then goes to one end without a stop.
fn obey(connect: &dyn Fn(Options) -> Connected, commands: &[Command], last: Direction) {
    connect(Options::default()).up(Target::Version(1)).unwrap();
    let mut model = Model { rows: vec![0; ROWS], applied: Some(false) };
    let undisturbed = Command { direction: last, batches: usize::MAX };
    for command in commands.iter().copied().chain([undisturbed]) {
        let options = Options::default();
        let (flag, left) = (Arc::clone(&options.interrupt), AtomicUsize::new(command.batches));
        let mut connected = connect(options).observer(move |event: &Event<'_>| {
            if matches!(event, Event::Batch { .. }) && left.fetch_sub(1, Ordering::Relaxed) == 1 {
                flag.store(true, Ordering::Relaxed);
            }
        });
        let ran = match command.direction {
            Direction::Up => connected.up(Target::Latest),
            Direction::Down => connected.down(Target::Version(1)),
        };
        drop(connected);
        let (wanted, size) = match command.direction {
            Direction::Up => (1, UP_SIZE),
            Direction::Down => (0, DOWN_SIZE),
        };
        let mut connected = connect(Options::default());
        let rows = connected.transaction(|ctx| ctx.query("SELECT n FROM numbers ORDER BY id", &[])).unwrap();
        let rows: Vec<i64> = rows.iter().map(|r| r.at(0).unwrap()).collect();
        let applied = connected.status().unwrap().applied.len() == 2;
        let wrong = |rows: &[i64]| rows.iter().filter(|n| **n != wanted).count();
        // The rows that were not yet as this direction wants them become so from the first on, and no other changes.
        let done = wrong(&model.rows) - wrong(&rows);
        for row in model.rows.iter_mut().filter(|n| **n != wanted).take(done) {
            *row = wanted;
        }
        match ran {
            Ok(_) => {
                model.rows = vec![wanted; ROWS];
                model.applied = Some(command.direction == Direction::Up);
            }
            Err(e) => {
                assert_eq!(e.kind(), ErrorKind::Interrupted, "{e}");
                assert!(done <= command.batches * size, "{done} rows in {command:?}");
                model.applied = None;
            }
        }
        assert_eq!(rows, model.rows, "after {command:?} of {commands:?}");
        assert_eq!(applied, model.applied == Some(true), "after {command:?} of {commands:?}");
        let half = connected.status().unwrap().problems.iter().any(|p| p.kind == "in_progress");
        assert_eq!(half, model.applied.is_none(), "after {command:?} of {commands:?}");
    }
}

fn obey_sql(dialect: Dialect, commands: &[Command], last: Direction) {
    let world = World::new(dialect);
    world.migration("V0001__numbers", &numbers(ROWS as u32), "DROP TABLE numbers;\n").migration(
        "V0002__add",
        UP,
        DOWN,
    );
    let connect =
        |options: Options| Migrator::new(world.path()).options(options).connect(world.url()).unwrap();
    obey(&connect, commands, last);
}

fn add(ctx: &mut Context<'_>, by: i64, size: u64) -> Result<()> {
    let batches = Batches { step: "add", table: "numbers", key: "id", columns: &["id", "n"], size };
    ctx.batches(&batches, &mut |ctx, rows| {
        let sums = rows
            .iter()
            .map(|row| Ok(vec![row.get("id")?, (row.get::<i64>("n")? + by).into()]))
            .collect::<Result<Vec<_>>>()?;
        ctx.bulk_update("numbers", "id", &["n"], &mut sums.into_iter()).map(|_| ())
    })
    .map(|_| ())
}

fn rust_up(ctx: &mut Context<'_>) -> Result<()> {
    ctx.step("begin", &mut |ctx| ctx.execute("CREATE TABLE begun (id bigint)", &[]).map(|_| ()))?;
    add(ctx, 1, UP_SIZE as u64)?;
    ctx.step("log", &mut |ctx| ctx.execute("CREATE TABLE log (id bigint)", &[]).map(|_| ()))
}

fn rust_down(ctx: &mut Context<'_>) -> Result<()> {
    ctx.step("log", &mut |ctx| ctx.execute("DROP TABLE log", &[]).map(|_| ()))?;
    add(ctx, -1, DOWN_SIZE as u64)?;
    ctx.step("begin", &mut |ctx| ctx.execute("DROP TABLE begun", &[]).map(|_| ()))
}

fn obey_rust(dialect: Dialect, commands: &[Command], last: Direction) {
    let first: &'static str = Box::leak(numbers(ROWS as u32).into_boxed_str());
    let set = EmbeddedSet {
        name: "app",
        files: Box::leak(Box::new([
            ("V0001__numbers/down.sql", "DROP TABLE numbers;\n"),
            ("V0001__numbers/up.sql", first),
            (
                "V0002__add/migration.rs",
                "pub fn up(ctx: &mut switchback::Context<'_>) -> switchback::Result<()> { Ok(()) }
pub fn down(ctx: &mut switchback::Context<'_>) -> switchback::Result<()> { Ok(()) }
",
            ),
        ])),
        rust: &[RustMigration { file: "V0002__add/migration.rs", up: rust_up, down: Some(rust_down) }],
    };
    let database = switchback_tests::fresh(dialect);
    let connect = |options: Options| Migrator::new(set).options(options).connect(database.url()).unwrap();
    obey(&connect, commands, last);
}

fn direction(up: bool) -> Direction {
    if up { Direction::Up } else { Direction::Down }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_batch_that_is_turned_round_at_random_does_each_row_once_on_sqlite(commands in commands(9), up: bool) {
        obey_sql(Dialect::Sqlite, &commands, direction(up));
    }

    #[test]
    fn a_batch_in_rust_that_is_turned_round_at_random_does_each_row_once_on_sqlite(commands in commands(9), up: bool) {
        obey_rust(Dialect::Sqlite, &commands, direction(up));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_batch_that_is_turned_round_at_random_does_each_row_once_on_postgres(commands in commands(7), up: bool) {
        obey_sql(Dialect::Postgres, &commands, direction(up));
        obey_rust(Dialect::Postgres, &commands, direction(up));
    }
}

#[test]
fn a_batch_that_is_turned_round_thrice_goes_over_exactly_what_is_to_change() {
    use Direction::{Down, Up};
    let stop = |direction, batches| Command { direction, batches };
    for last in [Up, Down] {
        for dialect in Dialect::ALL {
            // From the way up, and from the way down.
            for commands in [
                vec![stop(Up, 8), stop(Down, 3), stop(Up, 1), stop(Down, 2)],
                vec![stop(Up, usize::MAX), stop(Down, 8), stop(Up, 5), stop(Down, 2), stop(Up, 1)],
            ] {
                obey_sql(dialect, &commands, last);
                obey_rust(dialect, &commands, last);
            }
        }
    }
}

#[test]
fn rows_that_come_in_while_a_batch_is_turned_round_are_found() {
    on_both(|world| {
        world.migration("V0001__numbers", &numbers(ROWS as u32), "DROP TABLE numbers;\n").migration(
            "V0002__fill",
            "-- switchback: step fill batch table=numbers key=id size=5\nUPDATE numbers SET n = 7 WHERE id BETWEEN :from AND :upto;\n",
            "-- switchback: step fill batch table=numbers key=id size=5\nUPDATE numbers SET n = 0 WHERE id BETWEEN :from AND :upto;\n",
        );
        let stopped = |direction: Direction, batches: usize| {
            let options = Options::default();
            let (flag, left) = (Arc::clone(&options.interrupt), AtomicUsize::new(batches));
            let mut connected =
                Migrator::new(world.path()).options(options).connect(world.url()).unwrap().observer(
                    move |event: &Event<'_>| {
                        if matches!(event, Event::Batch { .. }) && left.fetch_sub(1, Ordering::Relaxed) == 1 {
                            flag.store(true, Ordering::Relaxed);
                        }
                    },
                );
            match direction {
                Direction::Up => connected.up(Target::Latest).unwrap_err(),
                Direction::Down => connected.down(Target::Version(1)).unwrap_err(),
            };
        };
        world.connect().up(Target::Version(1)).unwrap();
        world.sql("DELETE FROM numbers WHERE id = 24");
        stopped(Direction::Up, 6);
        stopped(Direction::Down, 3);
        // Into what was turned back; into what still stands, where another row goes; and behind all that was done.
        world.sql("INSERT INTO numbers (id, n) VALUES (-3, 0), (-2, 0), (24, 0), (3000, 0)");
        world.sql("DELETE FROM numbers WHERE id = 22");
        stopped(Direction::Up, 2);
        world.sql("INSERT INTO numbers (id, n) VALUES (-1, 0)");
        world.up();
        assert_eq!(world.number("SELECT count(*) FROM numbers WHERE n <> 7"), 0);
        assert_eq!(world.number("SELECT count(*) FROM numbers"), ROWS as i64 + 3);
    });
}
