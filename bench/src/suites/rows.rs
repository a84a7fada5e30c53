//! The journal's word counts: a batched migration in Rust over a million entries.

use super::Bench;
use crate::Result;
use crate::child;
use crate::engine::Engine;
use crate::measure::Row;
use switchback::{Migrator, Target};
use switchback_migrations::JOURNAL;
use switchback_migrations::seed::{Amount, seed};

/// Entries that the reference data has for each user.
const ENTRIES: usize = 10;
/// The version before the words are counted.
const BEFORE: i64 = 3;

pub fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let users = bench.size(100_000, 500);
    let entries = users * ENTRIES;
    let mut out = Vec::new();
    for (engine, least) in [(Engine::Sqlite, 50_000.0), (Engine::Postgres, 20_000.0)] {
        let url = bench.ground.fresh(engine)?;
        let mut journal = Migrator::new(JOURNAL).connect(&url)?;
        journal.up(Target::Version(1))?;
        let rows = u64::try_from(users)?;
        seed("journal", &mut journal, Amount { rows, ..Amount::reference("journal") })?;
        journal.up(Target::Version(BEFORE))?;
        drop(journal);
        let answer = child::ask(["words", &url])?;
        let what = |what: &str| format!("{}: word_count of {entries} entries, {what}", engine.name());
        let rate = entries as f64 / answer.seconds;
        out.push(Row::at_least(what("rows a second"), rate, least, "rows/s"));
        out.push(Row::at_most(what("peak memory"), answer.mebibytes, 64.0, "MiB"));
        bench.ground.discard(&url)?;
    }
    Ok(out)
}
