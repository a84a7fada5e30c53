//! `up` while others write to the same tables: nobody but the migration waits, no row is missed, none is lost.

use crate::support::World;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use switchback::{Dialect, Event, Report, Target};

const ROWS: i64 = 3_000;
const WRITERS: i64 = 4;

/// One connection of an application.
enum Client {
    Sqlite(rusqlite::Connection),
    Postgres(Box<postgres::Client>),
}

impl Client {
    fn open(world: &World) -> Client {
        match world.dialect() {
            Dialect::Sqlite => {
                let conn = rusqlite::Connection::open(world.url().trim_start_matches("sqlite:")).unwrap();
                conn.busy_timeout(Duration::from_secs(10)).unwrap();
                Client::Sqlite(conn)
            }
            Dialect::Postgres => {
                let client = postgres::Client::connect(world.url(), postgres::NoTls).unwrap();
                Client::Postgres(Box::new(client))
            }
        }
    }

    /// The rows written; `None` where the statement may simply be tried again.
    fn write(&mut self, sql: &str) -> Option<u64> {
        match self {
            Client::Sqlite(conn) => match conn.execute(sql, []) {
                Ok(rows) => Some(rows as u64),
                Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => None,
                Err(e) => panic!("{sql}: {e}"),
            },
            Client::Postgres(client) => match client.execute(sql, &[]) {
                Ok(rows) => Some(rows),
                Err(e) if matches!(e.code().map(|c| c.code()), Some("40P01" | "55P03" | "40001")) => None,
                Err(e) => panic!("{sql}: {e:?}"),
            },
        }
    }
}

/// What a writer's rows should be: key and value.
type Ledger = BTreeMap<i64, i64>;

/// Inserts, updates and deletes rows of its own, all over the table, until it is told to stop.
fn work(world: &World, writer: i64, stop: &AtomicBool, writes: &AtomicU64) -> Ledger {
    let mut client = Client::open(world);
    // Every writer owns the keys of one remainder; even ones there are from the start.
    let mut ledger: Ledger = (1..=ROWS).filter(|k| k % WRITERS == writer).map(|k| (k * 1_000, k)).collect();
    let mut random = 0x9e37_79b9_u64.wrapping_mul(writer as u64 + 1);
    let mut roll = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let mut fresh = 0;
    while !stop.load(Ordering::Relaxed) {
        let mine: i64 = *ledger.keys().nth(roll(ledger.len() as u64) as usize).unwrap();
        let value = roll(1_000_000) as i64;
        let written = match roll(4) {
            0 => {
                // Behind an old key (a thousand belong to one writer each), or behind them all.
                fresh += 1;
                let key = if roll(5) == 0 {
                    (ROWS - ROWS % WRITERS + fresh * WRITERS + WRITERS + writer) * 1_000
                } else {
                    mine - mine % 1_000 + roll(1_000) as i64
                };
                if ledger.contains_key(&key) {
                    continue;
                }
                let done = client.write(&format!("INSERT INTO items (id, n) VALUES ({key}, {value})"));
                if done.is_some() {
                    ledger.insert(key, value);
                }
                done
            }
            1 => {
                let done = client.write(&format!("DELETE FROM items WHERE id = {mine}"));
                if done.is_some() {
                    ledger.remove(&mine);
                }
                done
            }
            _ => {
                let done = client.write(&format!("UPDATE items SET n = {value} WHERE id = {mine}"));
                if done.is_some() {
                    ledger.insert(mine, value);
                }
                done
            }
        };
        assert!(written.is_none_or(|rows| rows == 1), "a row of this writer's is gone");
        writes.fetch_add(1, Ordering::Relaxed);
        // How fast it writes.
        std::thread::sleep(Duration::from_micros(roll(400)));
    }
    ledger
}

fn world(dialect: Dialect) -> World {
    let world = World::new(dialect);
    if dialect == Dialect::Sqlite {
        let conn = rusqlite::Connection::open(world.url().trim_start_matches("sqlite:")).unwrap();
        conn.execute_batch("PRAGMA journal_mode = WAL").unwrap();
    }
    world.migration(
        "V0001__items",
        &format!(
            "CREATE TABLE items (id bigint NOT NULL PRIMARY KEY, n bigint NOT NULL);
INSERT INTO items WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {ROWS}) SELECT i * 1000, i FROM c;\n"
        ),
        "DROP TABLE items;\n",
    );
    world.connect().up(Target::Latest).unwrap();
    world
}

/// Runs `up` while writers are at work; they stop when `until` says so, or when it has ended.
fn under_load(world: &World, until: impl Fn(&Event<'_>) -> bool + 'static) -> (Ledger, Report) {
    let stop = Arc::new(AtomicBool::new(false));
    let writes = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (stop, writes) = (&stop, &writes);
                scope.spawn(move || work(world, writer, stop, writes))
            })
            .collect();
        crate::support::until("writers at work", || writes.load(Ordering::Relaxed) >= 100);
        let before = writes.load(Ordering::Relaxed);
        let told = Arc::clone(&stop);
        let mut connected = world.connect().observer(move |event: &Event<'_>| {
            if until(event) {
                told.store(true, Ordering::Relaxed);
            }
            // On SQLite one writes at a time: the others get their turns between the batches.
            if matches!(event, Event::Batch { .. }) {
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let ran = connected.up(Target::Latest);
        let during = writes.load(Ordering::Relaxed) - before;
        stop.store(true, Ordering::Relaxed);
        let ledgers = writers.into_iter().flat_map(|w| w.join().unwrap()).collect();
        assert!(during >= 30, "only {during} writes while it ran");
        (ledgers, ran.unwrap())
    })
}

fn assert_kept(world: &World, ledger: &Ledger) {
    let rows = world.rows("SELECT id, n FROM items");
    let now: Ledger = rows.iter().map(|r| (r.at(0).unwrap(), r.at(1).unwrap())).collect();
    assert_eq!(now.len(), rows.len());
    let lost: Vec<_> = ledger.iter().filter(|(k, v)| now.get(k) != Some(v)).collect();
    assert!(lost.is_empty(), "lost or overwritten: {lost:?}");
    assert_eq!(now.len(), ledger.len(), "rows that were deleted came back");
}

/// Columns, a trigger that keeps them filled, a fill of the rows that were there, and an index beside the writers.
#[test]
fn under_load_every_row_is_filled_and_nothing_is_lost() {
    for dialect in Dialect::ALL {
        eprintln!("on {}", dialect.as_str());
        let world = world(dialect);
        world.migration(
            "V0002__columns",
            "ALTER TABLE items ADD COLUMN one bigint;\nALTER TABLE items ADD COLUMN two text NOT NULL DEFAULT 'two';\n",
            "ALTER TABLE items DROP COLUMN two;\nALTER TABLE items DROP COLUMN one;\n",
        );
        let (trigger, no_trigger, index, no_index) = match dialect {
            Dialect::Sqlite => (
                "CREATE TRIGGER items_insert AFTER INSERT ON items BEGIN UPDATE items SET double = n * 2 WHERE id = new.id; END;
CREATE TRIGGER items_update AFTER UPDATE OF n ON items BEGIN UPDATE items SET double = n * 2 WHERE id = new.id; END;",
                "DROP TRIGGER items_update;\nDROP TRIGGER items_insert;",
                "CREATE INDEX items_double ON items (double);",
                "DROP INDEX items_double;",
            ),
            Dialect::Postgres => (
                "CREATE FUNCTION items_double() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.double := new.n * 2; RETURN new; END $$;
CREATE TRIGGER items_double BEFORE INSERT OR UPDATE OF n ON items FOR EACH ROW EXECUTE FUNCTION items_double();",
                "DROP TRIGGER items_double ON items;\nDROP FUNCTION items_double();",
                "CREATE INDEX CONCURRENTLY items_double ON items (double);",
                "DROP INDEX CONCURRENTLY items_double;",
            ),
        };
        let required = match dialect {
            Dialect::Sqlite => "CREATE VIEW doubles AS SELECT id, double FROM items;",
            Dialect::Postgres => {
                "ALTER TABLE items ALTER COLUMN double SET NOT NULL;\nCREATE VIEW doubles AS SELECT id, double FROM items;"
            }
        };
        let not_required = match dialect {
            Dialect::Sqlite => "DROP VIEW doubles;",
            Dialect::Postgres => "DROP VIEW doubles;\nALTER TABLE items ALTER COLUMN double DROP NOT NULL;",
        };
        let set = "UPDATE items SET double = n * 2 WHERE id BETWEEN :from AND :upto AND double IS NULL;";
        world.migration(
            "V0003__double",
            &format!(
                "-- switchback: step expand\nALTER TABLE items ADD COLUMN double bigint;\n{trigger}
-- switchback: step fill batch table=items key=id size=100\n{set}
-- switchback: step index no-transaction\n{index}
-- switchback: step require\n{required}\n"
            ),
            &format!(
                "-- switchback: step require\n{not_required}
-- switchback: step index no-transaction\n{no_index}
-- switchback: step fill\n-- the column goes\n-- switchback: step expand\n{no_trigger}\nALTER TABLE items DROP COLUMN double;\n"
            ),
        );
        let (ledger, report) = under_load(&world, |_| false);
        assert_eq!(report.migrations.len(), 2);
        assert_kept(&world, &ledger);
        let wrong = "SELECT count(*) FROM items WHERE double IS NULL OR double <> n * 2 OR two <> 'two'";
        assert_eq!(world.number(wrong), 0);
        if dialect == Dialect::Postgres {
            let valid =
                "SELECT count(*) FROM pg_index WHERE indexrelid = 'items_double'::regclass AND indisvalid";
            assert_eq!(world.number(valid), 1);
        }
        // And back, with the same rows.
        world.down(Target::Version(1));
        assert_kept(&world, &ledger);
        assert!(world.problems().is_empty());
    }
}

/// Without a trigger: whatever was written before the last batches is found, also where as many rows went as came.
#[test]
fn under_load_rows_that_come_and_go_behind_the_position_are_filled() {
    for dialect in Dialect::ALL {
        eprintln!("on {}", dialect.as_str());
        let world = world(dialect);
        world.migration(
            "V0002__mark",
            "-- switchback: step expand\nALTER TABLE items ADD COLUMN marked bigint;
-- switchback: step fill batch table=items key=id size=50\nUPDATE items SET marked = id WHERE id BETWEEN :from AND :upto;\n",
            "-- switchback: step fill\n-- the column goes\n-- switchback: step expand\nALTER TABLE items DROP COLUMN marked;\n",
        );
        let near_the_end =
            |event: &Event<'_>| matches!(event, Event::Batch { rows, .. } if *rows > ROWS as u64 * 9 / 10);
        let (ledger, _) = under_load(&world, near_the_end);
        assert_kept(&world, &ledger);
        assert_eq!(world.number("SELECT count(*) FROM items WHERE marked IS NULL OR marked <> id"), 0);
    }
}

/// A writer that appends faster than batches commit does not keep the step from ending.
#[test]
fn a_step_ends_while_rows_are_being_appended() {
    for dialect in Dialect::ALL {
        eprintln!("on {}", dialect.as_str());
        let world = world(dialect);
        world.migration(
            "V0002__touch",
            "-- switchback: step touch batch table=items key=id size=1000\nUPDATE items SET n = n WHERE id BETWEEN :from AND :upto;\n",
            "-- switchback: step touch\n-- nothing\n",
        );
        let (url, dir) = (world.url().to_owned(), world.path());
        let next = AtomicU64::new(ROWS as u64 * 1_000);
        let mut connected = world.connect().observer(move |event: &Event<'_>| {
            if matches!(event, Event::Batch { .. }) {
                let key = next.fetch_add(1, Ordering::Relaxed) + 1;
                assert!(key < ROWS as u64 * 1_000 + 50, "it never ends");
                let mut writer = switchback::Migrator::new(dir.clone()).connect(&url).unwrap();
                let insert = format!("INSERT INTO items VALUES ({key}, 0)");
                writer.transaction(|ctx| ctx.execute(&insert, &[])).unwrap();
            }
        });
        connected.up(Target::Latest).unwrap();
    }
}
