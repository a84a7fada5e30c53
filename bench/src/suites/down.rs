//! Undoing the newest migrations of a long history.

use super::Bench;
use super::up::up;
use crate::Result;
use crate::engine::Engine;
use crate::measure::{Pick, Row, pair, time};
use crate::raw::Raw;
use crate::sets::{read, small, write_folders};
use switchback::{Migrator, Target};

pub fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let (count, undone) = (bench.size(1_000, 50), bench.size(100, 10));
    let set = small(count);
    let newest = &set[count - undone..];
    let dir = bench.ground.path("small");
    write_folders(&dir, &set)?;
    let mut out = Vec::new();
    for engine in Engine::BOTH {
        let (mine, theirs) = (bench.ground.fresh(engine)?, bench.ground.fresh(engine)?);
        up(&dir, &mine, true)?;
        Raw::connect(&theirs)?.transaction(set.iter().map(|m| &*m.up))?;
        let (ours, rival) = pair(
            bench.rounds(9),
            Pick::Middle,
            &mut || {
                let seconds = time(|| {
                    Migrator::new(dir.clone()).connect(&mine)?.down(Target::Steps(undone))?;
                    Ok(())
                })?;
                up(&dir, &mine, true)?;
                Ok(seconds)
            },
            &mut || {
                let seconds = time(|| {
                    let mut raw = Raw::connect(&theirs)?;
                    read(&dir, newest, "down.sql")?
                        .iter()
                        .rev()
                        .try_for_each(|text| raw.transaction([&**text]))
                })?;
                Raw::connect(&theirs)?.transaction(newest.iter().map(|m| &*m.up))?;
                Ok(seconds)
            },
        )?;
        let what = format!("{}: down of {undone} of {count}", engine.name());
        out.push(Row::ratio(what, ours, rival, 1.5));
        bench.ground.discard(&mine)?;
        bench.ground.discard(&theirs)?;
    }
    Ok(out)
}
