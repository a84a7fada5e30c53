//! Undoing the newest migrations of a long history.

use super::Bench;
use super::up::up;
use crate::Result;
use crate::engine::Engine;
use crate::measure::{Pick, Row, pair, time};
use crate::raw::Raw;
use crate::sets::{read, small, write_folders};
use switchback::{Migrator, Target};

/// How many are applied, and how many times as long as the rival ours may take. Behind a long history reading and
/// hashing its files is most of it: that is shown, and has no limit.
const HISTORIES: [(usize, Option<f64>); 2] = [(100, Some(1.5)), (1_000, None)];

pub fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let mut out = Vec::new();
    for (count, limit) in HISTORIES {
        for engine in Engine::BOTH {
            out.push(of(bench, engine, count, limit)?);
        }
    }
    Ok(out)
}

fn of(bench: &mut Bench, engine: Engine, count: usize, limit: Option<f64>) -> Result<Row> {
    let (count, undone) = (bench.size(count, count / 20), bench.size(100, 5));
    let set = small(count);
    let newest = &set[count - undone..];
    let dir = bench.ground.path(&format!("small_{count}"));
    write_folders(&dir, &set)?;
    let (mine, theirs) = (bench.ground.fresh(engine)?, bench.ground.fresh(engine)?);
    up(dir.clone().into(), &mine, true)?;
    Raw::connect(&theirs)?.transaction(set.iter().map(|m| &*m.up))?;
    let pair = pair(
        bench.rounds(31),
        Pick::Middle,
        &mut || {
            let seconds = time(|| {
                Migrator::new(dir.clone()).connect(&mine)?.down(Target::Steps(undone))?;
                Ok(())
            })?;
            up(dir.clone().into(), &mine, true)?;
            Ok(seconds)
        },
        &mut || {
            let seconds = time(|| {
                let mut raw = Raw::connect(&theirs)?;
                read(&dir, newest, "down.sql")?.iter().rev().try_for_each(|text| raw.transaction([&**text]))
            })?;
            Raw::connect(&theirs)?.transaction(newest.iter().map(|m| &*m.up))?;
            Ok(seconds)
        },
    )?;
    bench.ground.discard(&mine)?;
    bench.ground.discard(&theirs)?;
    let what = format!("{}: down of {undone} of {count}", engine.name());
    Ok(match limit {
        Some(limit) => Row::ratio(what, pair, limit),
        None => Row::told(what, pair),
    })
}
