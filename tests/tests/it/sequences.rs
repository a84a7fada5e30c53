//! Random sequences of operations over random schemas with rows: every way down leads back, and the product's own proof
//! says so.
//!
//! A seed makes a schema of three or more related tables with twenty or more rows each, and three to ten operations,
//! each for the schema that the one before left. They are carried out and turned back, and what is there then is
//! compared with what was there before: by `pg_dump`, by what SQLite's shell dumps, by our own schema and digests.
//! Then the migration is proven. `SWITCHBACK_SEQUENCE=17` runs one seed alone, `SWITCHBACK_SEQUENCES=500` so many,
//! `SWITCHBACK_SEQUENCES_FROM=9000` others.

mod judge;
mod operations;
mod place;
mod random;
mod start;
mod value;

use judge::{Counts, Failure, together};
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use switchback::Dialect;

/// How many are at a place together.
const TOGETHER: u64 = 8;

/// As many failures are enough to look at.
const ENOUGH: usize = 12;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn sequences(dialect: Dialect, count: u64, first: u64) {
    let (first, count) = match number("SWITCHBACK_SEQUENCE") {
        Some(seed) => (seed, 1),
        None => (
            number("SWITCHBACK_SEQUENCES_FROM").unwrap_or(first),
            number("SWITCHBACK_SEQUENCES").unwrap_or(count),
        ),
    };
    let next = AtomicU64::new(first);
    let found: Mutex<(Counts, Vec<Failure>)> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let from = next.fetch_add(TOGETHER, Ordering::Relaxed);
                    let upto = (from + TOGETHER).min(first + count);
                    if from >= upto || found.lock().unwrap().1.len() >= ENOUGH {
                        break;
                    }
                    let seeds: Vec<u64> = (from..upto).collect();
                    let (counts, failures) = together(dialect, &seeds, None);
                    let mut found = found.lock().unwrap();
                    found.0.add(counts);
                    found.1.extend(failures);
                }
            });
        }
    });
    let (counts, failures) = found.into_inner().unwrap();
    report(dialect, &counts);
    if !failures.is_empty() {
        let mut text = String::new();
        for failure in &failures {
            let _ = writeln!(text, "seed {}: {}", failure.seed, failure.stage);
        }
        let mut shown: Vec<&str> = Vec::new();
        for failure in &failures {
            if !shown.contains(&failure.stage.as_str()) && shown.len() < 6 {
                shown.push(&failure.stage);
                show(&mut text, &smaller(dialect, failure));
            }
        }
        panic!("{} of {} sequences failed\n{text}", failures.len(), counts.sequences);
    }
    if number("SWITCHBACK_SEQUENCE").is_some() {
        return;
    }
    let accepted: usize = counts.accepted.values().sum();
    let refused: usize = counts.refused.values().sum();
    assert!(refused * 5 <= accepted + refused, "{refused} operations were refused, {accepted} were not");
    // A part of a whole run: four of them have each type a hundred times.
    if count >= 500 {
        for (kind, _) in operations::TYPES {
            let times = counts.accepted.get(kind).copied().unwrap_or_default() as u64;
            assert!(times * 20 >= count, "{kind} occurred {times} times only");
        }
    }
}

fn report(dialect: Dialect, counts: &Counts) {
    eprintln!("{} sequences on {}", counts.sequences, dialect.as_str());
    for (kind, _) in operations::TYPES {
        let of = |map: &std::collections::BTreeMap<&'static str, usize>| {
            map.get(kind).copied().unwrap_or_default()
        };
        eprintln!("  {kind}: {} accepted, {} refused", of(&counts.accepted), of(&counts.refused));
    }
    eprintln!("  time: {:?}", counts.time);
    if std::env::var_os("SWITCHBACK_SEQUENCES_WHY").is_some() {
        for (why, times) in &counts.why {
            eprintln!("  {times} x {why}");
        }
    }
}

/// The same failure with fewer operations.
fn smaller(dialect: Dialect, failure: &Failure) -> Failure {
    let again = |operations: &[String]| {
        let (_, mut failures) = together(dialect, &[failure.seed], Some(operations));
        failures.pop().filter(|f| f.stage == failure.stage)
    };
    let Some(mut best) = again(&failure.operations) else {
        return Failure { what: failure.what.clone(), ..clone(failure) };
    };
    let mut at = 0;
    while at < best.operations.len() && best.operations.len() > 1 {
        let mut fewer = best.operations.clone();
        fewer.remove(at);
        match again(&fewer) {
            Some(found) => best = found,
            None => at += 1,
        }
    }
    best
}

fn clone(failure: &Failure) -> Failure {
    Failure {
        seed: failure.seed,
        stage: failure.stage.clone(),
        what: failure.what.clone(),
        operations: failure.operations.clone(),
        start: failure.start.clone(),
        texts: failure.texts.clone(),
    }
}

fn show(text: &mut String, failure: &Failure) {
    let start: Vec<&str> = failure.start.lines().filter(|l| !l.starts_with('(')).collect();
    let _ = writeln!(
        text,
        "\n######## seed {}: {}\n{}\n== migration.toml\n{}\n== V0001 (without its rows)\n{}\n{}",
        failure.seed,
        failure.stage,
        failure.what,
        failure.operations.join("\n"),
        start.join("\n"),
        failure.texts
    );
}

#[test]
fn a_few_sequences_of_operations_lead_back_on_sqlite() {
    sequences(Dialect::Sqlite, 40, 1);
}

#[test]
fn a_few_sequences_of_operations_lead_back_on_postgres() {
    sequences(Dialect::Postgres, 24, 1);
}

/// Each loses one statement of its way down.
fn spoilt(dialect: Dialect, count: u64) {
    let seeds: Vec<u64> = (5000..5000 + number("SWITCHBACK_SEQUENCES").unwrap_or(count)).collect();
    let (count, unseen, unproven) = judge::spoilt(dialect, &seeds);
    eprintln!("{count} spoilt, {} unseen: {unseen:#?}", unseen.len());
    assert!(unproven.is_empty(), "the proof did not find: {unproven:#?}");
    // A table that goes a little later, a text that is written again: some statements are not missed.
    assert!(unseen.len() * 6 <= count, "of {count}, nothing shows that this is missing: {unseen:#?}");
}

#[test]
fn a_way_down_that_lacks_a_statement_is_found_on_sqlite() {
    spoilt(Dialect::Sqlite, 30);
}

#[test]
fn a_way_down_that_lacks_a_statement_is_found_on_postgres() {
    spoilt(Dialect::Postgres, 8);
}

/// Two thousand an engine, in parts, for a test may take only so long.
const PART: u64 = 500;

#[test]
fn slow_sequences_of_operations_lead_back_on_sqlite_1() {
    sequences(Dialect::Sqlite, 2 * PART, 1);
}

#[test]
fn slow_sequences_of_operations_lead_back_on_sqlite_2() {
    sequences(Dialect::Sqlite, 2 * PART, 1 + 2 * PART);
}

#[test]
fn slow_sequences_of_operations_lead_back_on_postgres_1() {
    sequences(Dialect::Postgres, PART, 1);
}

#[test]
fn slow_sequences_of_operations_lead_back_on_postgres_2() {
    sequences(Dialect::Postgres, PART, 1 + PART);
}

#[test]
fn slow_sequences_of_operations_lead_back_on_postgres_3() {
    sequences(Dialect::Postgres, PART, 1 + 2 * PART);
}

#[test]
fn slow_sequences_of_operations_lead_back_on_postgres_4() {
    sequences(Dialect::Postgres, PART, 1 + 3 * PART);
}
