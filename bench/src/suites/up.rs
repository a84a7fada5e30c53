//! Pending migrations, a transaction each, and all of them in one.

use super::Bench;
use crate::Result;
use crate::engine::Engine;
use crate::measure::{Pick, Row, pair, time};
use crate::raw::Raw;
use crate::sets::{read, small, write_folders};
use std::cell::RefCell;
use std::path::Path;
use switchback::{Migrator, Options, Target};

pub fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let count = bench.size(1_000, 50);
    let set = small(count);
    let dir = bench.ground.path("small");
    write_folders(&dir, &set)?;
    let mut out = Vec::new();
    for engine in Engine::BOTH {
        for single in [false, true] {
            // A transaction each is a minute of waiting for the disk, most of it the same on both sides.
            let rounds = bench.rounds(if single { 15 } else { 3 });
            let ground = RefCell::new(&mut bench.ground);
            let (ours, rival) = pair(
                rounds,
                Pick::Middle,
                &mut || {
                    let url = ground.borrow_mut().fresh(engine)?;
                    let seconds = time(|| up(&dir, &url, single))?;
                    ground.borrow_mut().discard(&url)?;
                    Ok(seconds)
                },
                &mut || {
                    let url = ground.borrow_mut().fresh(engine)?;
                    let seconds = time(|| {
                        let mut raw = Raw::connect(&url)?;
                        let texts = read(&dir, &set, "up.sql")?;
                        if single {
                            return raw.transaction(texts.iter().map(|text| &**text));
                        }
                        texts.iter().try_for_each(|text| raw.transaction([&**text]))
                    })?;
                    ground.borrow_mut().discard(&url)?;
                    Ok(seconds)
                },
            )?;
            let how = if single { "one transaction for all" } else { "a transaction each" };
            let what = format!("{}: up of {count}, {how}", engine.name());
            out.push(Row::ratio(what, ours, rival, 1.3));
        }
    }
    Ok(out)
}

pub fn up(dir: &Path, url: &str, single: bool) -> Result {
    let options = Options { single_transaction: single, ..Options::default() };
    Migrator::new(dir.to_owned()).options(options).connect(url)?.up(Target::Latest)?;
    Ok(())
}
