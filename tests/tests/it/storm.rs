//! Killed processes and killed servers: the same command again always converges.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use switchback::scratch::{PgCluster, PgOptions};
use switchback::{Connected, Dialect, Direction, ErrorKind, Migrator, Repair, Target};
use switchback_tests::STORM;

/// Deterministic, so that a failure can be repeated; the machine's timing is random enough.
pub struct Dice(pub u64);

impl Dice {
    /// SplitMix64.
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

fn connect(url: &str) -> Connected {
    Migrator::new(STORM).connect(url).unwrap()
}

fn spawn(url: &str, direction: Direction) -> Child {
    Command::new(env!("CARGO_BIN_EXE_storm"))
        .args([url, direction.as_str()])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Every row of every table of the user's, and the schema, as one text.
fn content(url: &str) -> String {
    let mut connected = connect(url);
    let dialect = connected.set().dialect;
    let (schema, tables) = match dialect {
        Dialect::Sqlite => (
            "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS line FROM sqlite_master WHERE name NOT LIKE 'switchback%' AND name NOT LIKE 'refinery%' AND name NOT LIKE 'sqlite%' ORDER BY 1",
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'switchback%' AND name NOT LIKE 'refinery%' ORDER BY 1",
        ),
        Dialect::Postgres => (
            "SELECT indexdef || (SELECT ' ' || indisvalid FROM pg_index WHERE indexrelid = format('%I.%I', schemaname, indexname)::regclass) AS line FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'switchback%' AND tablename NOT LIKE 'refinery%'
             UNION ALL SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'switchback%' AND table_name NOT LIKE 'refinery%' ORDER BY 1",
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'switchback%' AND tablename NOT LIKE 'refinery%' ORDER BY 1",
        ),
    };
    connected
        .transaction(|ctx| {
            let mut out = String::new();
            for row in ctx.query(schema, &[])? {
                out.push_str(&row.at::<String>(0)?);
                out.push('\n');
            }
            for table in ctx.query(tables, &[])? {
                let table: String = table.at(0)?;
                let mut rows: Vec<String> = ctx
                    .query(&format!("SELECT * FROM \"{table}\""), &[])?
                    .iter()
                    .map(|r| format!("{:?} {:?}", r.columns(), r.values()))
                    .collect();
                rows.sort();
                out.push_str(&format!("{table} {}\n", rows.join("\n")));
            }
            Ok(out)
        })
        .unwrap()
}

/// Runs to the end, by the commands that the named states name.
fn converge(url: &str, direction: Direction) {
    for _ in 0..20 {
        let mut connected = connect(url);
        let ran = match direction {
            Direction::Up => connected.up(Target::Latest),
            Direction::Down => connected.down(Target::Version(0)),
        };
        match ran {
            Ok(_) => return,
            Err(e) if e.kind() == ErrorKind::HalfDone => {
                assert!(e.what_next().unwrap().contains("repair --retry-step"), "{e}");
                connected.repair(Repair::RetryStep).unwrap();
            }
            // The session of a killed client may live on for a moment and hold the lock or its rows.
            Err(e) if matches!(e.kind(), ErrorKind::Locked | ErrorKind::Moved) => {}
            Err(e) => panic!("{e}"),
        }
    }
    panic!("never converged");
}

/// What the journal and the progress say of the place of the kill: `None` before the first row or after the last.
fn place(url: &str) -> Option<String> {
    let mut connected = connect(url);
    // Wherever it was killed, chain and history agree.
    let verified = connected.verify_journal(None).unwrap();
    assert!(verified.faults.is_empty(), "{:?}", verified.faults);
    let log = connected.log(None).unwrap();
    let last = log.last()?;
    if last.event == "run_finished" {
        return None;
    }
    let status = connected.status().unwrap();
    let applied: Vec<i64> = status.applied.iter().map(|a| a.version).collect();
    let progress = connected
        .transaction(|ctx| {
            ctx.query("SELECT version, step, started, cursor_at FROM switchback_progress", &[])
        })
        .unwrap();
    Some(match progress.first() {
        Some(row) if row.get::<i64>("started").unwrap() == 1 => "no-transaction".to_owned(),
        Some(row) if row.get::<Option<String>>("cursor_at").unwrap().is_some() => {
            if row.get::<i64>("version").unwrap() == 4 { "rust batch" } else { "batch" }.to_owned()
        }
        Some(row) => if row.get::<i64>("version").unwrap() == 4 { "rust step" } else { "step" }.to_owned(),
        None => match applied.last() {
            Some(3) => "rust step".to_owned(),
            Some(2) => "no-transaction".to_owned(),
            _ => "plain".to_owned(),
        },
    })
}

/// Kills until every quota is met; both ends have one content each, whatever happened on the way.
fn storm(url: &str, seed: u64) {
    let mut dice = Dice(seed);
    converge(url, Direction::Up);
    let top = content(url);
    let up_time = time_of(url, Direction::Up);
    let down_time = time_of(url, Direction::Down);
    converge(url, Direction::Down);
    let bottom = content(url);
    let mut kills: BTreeMap<String, usize> = BTreeMap::new();
    let mut total = 0;
    let mut at_top = false;
    let met = |kills: &BTreeMap<String, usize>, total: usize| {
        let kinds = ["plain", "step", "batch", "no-transaction", "rust step", "rust batch"];
        total >= 200
            && kills.values().sum::<usize>() >= 150
            && kinds.iter().all(|k| kills.get(*k).copied().unwrap_or_default() >= 10)
    };
    while !met(&kills, total) {
        assert!(total < 2_000, "the kills never met their quotas: {kills:?}");
        let direction = if at_top { Direction::Down } else { Direction::Up };
        let span = if at_top { down_time } else { up_time };
        let mut child = spawn(url, direction);
        std::thread::sleep(Duration::from_micros(dice.roll(span.as_micros() as u64 * 11 / 10)));
        child.kill().unwrap();
        child.wait().unwrap();
        total += 1;
        if let Some(place) = place(url) {
            *kills.entry(place).or_default() += 1;
        }
        // On, or back: a killed run may be turned round.
        let next = if dice.roll(3) == 0 { opposite(direction) } else { direction };
        converge(url, next);
        at_top = next == Direction::Up;
        assert_same(
            &content(url),
            if at_top { &top } else { &bottom },
            &format!("{total} kills ({kills:?})"),
        );
    }
    eprintln!("{total} kills: {kills:?}");
}

/// The first line that differs says enough.
fn assert_same(now: &str, expected: &str, after: &str) {
    let different = now.lines().zip(expected.lines()).find(|(a, b)| a != b);
    assert!(now == expected, "after {after}: {different:?}");
}

fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Up => Direction::Down,
        Direction::Down => Direction::Up,
    }
}

/// How long an undisturbed run takes, process and all.
fn time_of(url: &str, direction: Direction) -> Duration {
    converge(url, opposite(direction));
    let start = Instant::now();
    let output = spawn(url, direction).wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    start.elapsed()
}

#[test]
fn slow_two_hundred_kills_always_converge_on_sqlite() {
    // In memory where that is possible: a killed process loses nothing that it wrote to a file, synced or not.
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    storm(&format!("sqlite:{}", dir.path().join("storm.db").display()), 1);
}

#[test]
fn slow_two_hundred_kills_always_converge_on_postgres() {
    let database = switchback_tests::pg();
    storm(database.url(), 2);
}

#[test]
fn slow_twenty_kills_of_the_server_always_converge() {
    let mut cluster: PgCluster = switchback::scratch::testing::cluster(&PgOptions::default()).unwrap();
    let url = cluster.create_database("storm").unwrap();
    let mut dice = Dice(3);
    converge(&url, Direction::Up);
    let top = content(&url);
    let span = time_of(&url, Direction::Up);
    converge(&url, Direction::Down);
    let bottom = content(&url);
    let mut at_top = false;
    for kill in 1..=20 {
        let direction = if at_top { Direction::Down } else { Direction::Up };
        let child = spawn(&url, direction);
        std::thread::sleep(Duration::from_micros(dice.roll(span.as_micros() as u64)));
        cluster.kill9().unwrap();
        let output = child.wait_with_output().unwrap();
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains("run the same command again") || said.contains("server"), "{said}");
        }
        cluster.restart().unwrap();
        let next = if dice.roll(3) == 0 { opposite(direction) } else { direction };
        converge(&url, next);
        at_top = next == Direction::Up;
        assert_same(&content(&url), if at_top { &top } else { &bottom }, &format!("{kill} kills"));
    }
}
