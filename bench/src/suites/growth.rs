//! Ten times as many migrations: a row each, so that what the database does for one does not grow with its schema.

use super::Bench;
use crate::Result;
use crate::child;
use crate::engine::Engine;
use crate::measure::{Pair, Pick, Row};

/// Ten times the work, and a little for what is measured besides.
const TIMES: f64 = 11.0;
/// How many small histories before each large one: the machine's speed drifts from second to second, so the middle of many
/// counts.
const SMALL_A_ROUND: usize = 4;

/// The whole life of a history.
/// With how often each is done: what does nothing is short, and the fastest run counts.
const LIFE: [(&str, &str, usize); 5] = [
    ("up", "up, a transaction each", 1),
    ("up", "up, nothing to do", 5),
    ("status", "status", 5),
    ("down", "down to nothing", 1),
    ("single", "up, one transaction for all", 1),
];

pub fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let few = bench.size(1_000, 20);
    let many = few * 10;
    let mut out = Vec::new();
    for engine in Engine::BOTH {
        let (mut small, mut large) = (Vec::new(), Vec::new());
        let rounds = match engine {
            Engine::Sqlite => 7,
            // A large one takes twenty seconds.
            Engine::Postgres => 3,
        };
        for _ in 0..bench.rounds(rounds) {
            for _ in 0..SMALL_A_ROUND {
                small.push(life(bench, engine, few)?);
            }
            large.push(life(bench, engine, many)?);
        }
        let (small, large) = (middle(&small), middle(&large));
        for ((_, what, _), (ours, rival)) in LIFE.iter().zip(large.into_iter().zip(small)) {
            let what = format!("{}: {what}, {many} against {few}", engine.name());
            out.push(Row::ratio(what, Pair { ours, rival, ratio: ours / rival }, TIMES));
        }
    }
    Ok(out)
}

fn middle(lives: &[[f64; LIFE.len()]]) -> [f64; LIFE.len()] {
    std::array::from_fn(|i| Pick::Middle.of(lives.iter().map(|life| life[i]).collect()))
}

/// How long each part of the life of a history of that size takes.
fn life(bench: &mut Bench, engine: Engine, size: usize) -> Result<[f64; LIFE.len()]> {
    let url = bench.ground.fresh_in_memory(engine)?;
    let size = size.to_string();
    let mut times = [f64::INFINITY; LIFE.len()];
    for ((command, _, rounds), best) in LIFE.iter().zip(&mut times) {
        for _ in 0..*rounds {
            *best = best.min(child::ask([command, "rows", &url, &size])?.seconds);
        }
    }
    bench.ground.discard(&url)?;
    Ok(times)
}
