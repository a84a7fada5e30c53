//! Ten times as many migrations: a row each, so that what the database does for one does not grow with its schema.

use super::Bench;
use crate::Result;
use crate::child;
use crate::engine::Engine;
use crate::measure::Row;

/// Ten times the work, and a little for what is measured besides.
const TIMES: f64 = 11.0;

pub fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let few = bench.size(1_000, 20);
    let many = few * 10;
    let mut out = Vec::new();
    for engine in Engine::BOTH {
        // The whole life of a history: both sizes step by step, so that they see the same weather.
        let urls = [bench.ground.fresh_in_memory(engine)?, bench.ground.fresh_in_memory(engine)?];
        let sizes = [few.to_string(), many.to_string()];
        let life = [
            ("up", "up, a transaction each", 1),
            ("up", "up, nothing to do", 5),
            ("status", "status", 5),
            ("down", "down to nothing", 1),
            ("single", "up, one transaction for all", 1),
        ];
        for (command, what, rounds) in life {
            let mut seconds = [f64::INFINITY; 2];
            for _ in 0..rounds {
                for (best, (url, size)) in seconds.iter_mut().zip(urls.iter().zip(&sizes)) {
                    *best = best.min(child::ask([command, "rows", url, size])?.seconds);
                }
            }
            let what = format!("{}: {what}, {many} against {few}", engine.name());
            out.push(Row::ratio(what, seconds[1], seconds[0], TIMES));
        }
        for url in &urls {
            bench.ground.discard(url)?;
        }
    }
    Ok(out)
}
