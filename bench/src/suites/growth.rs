//! Ten times as many migrations: a row each, so that what the database does for one does not grow with its schema.

use super::Bench;
use crate::Result;
use crate::child;
use crate::engine::Engine;
use crate::measure::{Pair, Row};

/// Ten times the work, and a little for what is measured besides.
const TIMES: f64 = 11.0;
/// How many small histories one large one is held against: as much work, and so about as long in the same weather.
const SMALL: usize = 10;

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
    let many = few * SMALL;
    let mut out = Vec::new();
    for engine in Engine::BOTH {
        let mut small = [0.0; LIFE.len()];
        let mut add = |times: [f64; LIFE.len()]| {
            small.iter_mut().zip(times).for_each(|(sum, time)| *sum += time / SMALL as f64);
        };
        for _ in 0..SMALL / 2 {
            add(life(bench, engine, few)?);
        }
        let large = life(bench, engine, many)?;
        for _ in 0..SMALL / 2 {
            add(life(bench, engine, few)?);
        }
        for ((_, what, _), (ours, rival)) in LIFE.iter().zip(large.into_iter().zip(small)) {
            let what = format!("{}: {what}, {many} against {few}", engine.name());
            out.push(Row::ratio(what, Pair { ours, rival, ratio: ours / rival }, TIMES));
        }
    }
    Ok(out)
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
