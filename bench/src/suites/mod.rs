//! What is measured, by name.

mod convert;
mod down;
mod growth;
mod memory;
mod noop;
mod prove;
mod queries;
mod rows;
mod safety;
mod up;

use crate::Result;
use crate::engine::Ground;
use crate::measure::Row;
use crate::page;
use std::time::Instant;

/// Something that is measured.
pub struct Suite {
    pub name: &'static str,
    pub title: &'static str,
    run: fn(&mut Bench) -> Result<Vec<Row>>,
}

/// In the order of the page.
pub const SUITES: [Suite; 11] = [
    Suite { name: "up", title: "Going up", run: up::run },
    Suite { name: "down", title: "Going down", run: down::run },
    Suite { name: "noop", title: "Nothing to do", run: noop::run },
    Suite { name: "memory", title: "Memory", run: memory::run },
    Suite { name: "growth", title: "Ten times as many", run: growth::run },
    Suite { name: "rows", title: "A batched migration in Rust", run: rows::run },
    Suite { name: "prove", title: "Proving a history", run: prove::run },
    Suite { name: "convert", title: "Keys become native UUIDs", run: convert::run },
    Suite { name: "queries", title: "The dashboard's queries", run: queries::run },
    Suite { name: "safety", title: "Backup and the ways back", run: safety::run },
    Suite { name: LARGE, title: "The same with 5 GB", run: safety::large },
];

/// Takes half an hour and 30 GB of disk, so it runs only when it is named.
const LARGE: &str = "large";

/// What a suite works with.
pub struct Bench {
    pub ground: Ground,
    pub quick: bool,
}

impl Bench {
    /// The full size, or a small one.
    pub fn size(&self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }

    /// How often a pair is measured.
    pub fn rounds(&self, full: usize) -> usize {
        if self.quick { 2 } else { full }
    }
}

/// Runs the suites of those names, or all; false when a limit was missed.
pub fn run(names: &[String], quick: bool) -> Result<bool> {
    if let Some(unknown) = names.iter().find(|n| SUITES.iter().all(|s| s.name != n.as_str())) {
        let known: Vec<&str> = SUITES.iter().map(|s| s.name).collect();
        return Err(format!("there is no suite {unknown}; there are {}", known.join(", ")).into());
    }
    let mut bench = Bench { ground: Ground::new()?, quick };
    let machine = page::machine(&mut bench.ground)?;
    println!("{machine}");
    if quick {
        println!(
            "QUICK: small sizes, to see that everything runs. No limit is enforced, nothing is written."
        );
    }
    let mut results = Vec::new();
    let is_wanted = |s: &&Suite| match names {
        [] => s.name != LARGE || quick,
        names => names.iter().any(|n| n == s.name),
    };
    for suite in SUITES.iter().filter(is_wanted) {
        let start = Instant::now();
        println!("\n{}", suite.title);
        let rows = (suite.run)(&mut bench)?;
        for row in &rows {
            let verdict = match (quick, row.ok) {
                (true, _) => "",
                (false, true) => "ok",
                (false, false) => "MISSED",
            };
            println!(
                "  {:<66} {:>12} {:>12} {:>14}  {:<14} {verdict}",
                row.what, row.ours, row.rival, row.figure, row.limit
            );
        }
        println!("  ({:.0} s)", start.elapsed().as_secs_f64());
        results.push((suite.name, rows));
    }
    if quick {
        return Ok(true);
    }
    page::write(&machine, &results)?;
    println!("\nwritten to docs/performance.md");
    let missed: Vec<&str> =
        results.iter().flat_map(|(_, rows)| rows).filter(|row| !row.ok).map(|row| &*row.what).collect();
    if !missed.is_empty() {
        println!("\n{} missed: {}", missed.len(), missed.join("; "));
    }
    Ok(missed.is_empty())
}
