//! Ten times as many migrations: a row each, so that what the database does for one does not grow with its schema.

use super::Bench;
use crate::Result;
use crate::child;
use crate::engine::Engine;
use crate::measure::{Pair, Row};

/// Ten times the work, and a little for what is measured besides.
const TIMES: f64 = 11.0;

/// The whole life of a history.
const LIFE: [(&str, &str); 5] = [
    ("up", "up, a transaction each"),
    ("up", "up, nothing to do"),
    ("status", "status"),
    ("down", "down to nothing"),
    ("single", "up, one transaction for all"),
];

pub fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let few = bench.size(1_000, 20);
    let many = few * 10;
    let mut out = Vec::new();
    for engine in Engine::BOTH {
        let sizes = [few.to_string(), many.to_string()];
        let mut best = [[f64::INFINITY; 2]; LIFE.len()];
        for _ in 0..bench.rounds(3) {
            let urls = [bench.ground.fresh_in_memory(engine)?, bench.ground.fresh_in_memory(engine)?];
            // Both sizes step by step, so that they see the same weather.
            for ((command, _), best) in LIFE.iter().zip(&mut best) {
                for (best, (url, size)) in best.iter_mut().zip(urls.iter().zip(&sizes)) {
                    *best = best.min(child::ask([command, "rows", url, size])?.seconds);
                }
            }
            for url in &urls {
                bench.ground.discard(url)?;
            }
        }
        for ((_, what), [few_s, many_s]) in LIFE.iter().zip(best) {
            let what = format!("{}: {what}, {many} against {few}", engine.name());
            let pair = Pair { ours: many_s, rival: few_s, ratio: many_s / few_s };
            out.push(Row::ratio(what, pair, TIMES));
        }
    }
    Ok(out)
}
