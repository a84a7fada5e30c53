//! Pending migrations, a transaction each, and all of them in one.

use super::Bench;
use crate::Result;
use crate::engine::Engine;
use crate::measure::{Pick, Row, pair, time};
use crate::raw::Raw;
use crate::sets::{embedded, read, small, write_folders};
use std::cell::RefCell;
use switchback::{Migrator, Options, Source, Target};

/// Where the SQL comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Memory,
    Files,
}

pub fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let count = bench.size(1_000, 50);
    let set = small(count);
    let dir = bench.ground.path("small");
    write_folders(&dir, &set)?;
    let embedded = embedded(&set);
    let mut out = Vec::new();
    for engine in Engine::BOTH {
        for (single, from, limit) in [
            (false, Origin::Files, Some(1.3)),
            (true, Origin::Memory, Some(1.3)),
            // Ours reads two files a migration and lists its folder, the rival one file; here that is most of the rest.
            (true, Origin::Files, None),
        ] {
            let (rounds, pick) = match (single, engine) {
                // A transaction each is a minute of waiting for the disk, most of it the same on both sides.
                (false, _) => (11, Pick::Middle),
                // Nothing but this process, which waits for the disk once.
                (true, Engine::Sqlite) => (21, Pick::Fastest),
                (true, Engine::Postgres) => (15, Pick::Middle),
            };
            let rounds = bench.rounds(rounds);
            let ground = RefCell::new(&mut bench.ground);
            let pair = pair(
                rounds,
                pick,
                &mut || {
                    let url = ground.borrow_mut().fresh(engine)?;
                    let seconds = time(|| match from {
                        Origin::Memory => up(embedded.into(), &url, single),
                        Origin::Files => up(dir.clone().into(), &url, single),
                    })?;
                    ground.borrow_mut().discard(&url)?;
                    Ok(seconds)
                },
                &mut || {
                    let url = ground.borrow_mut().fresh(engine)?;
                    let seconds = time(|| {
                        let mut raw = Raw::connect(&url)?;
                        let read = match from {
                            Origin::Memory => Vec::new(),
                            Origin::Files => read(&dir, &set, "up.sql")?,
                        };
                        let texts: Vec<&str> = match from {
                            Origin::Memory => set.iter().map(|m| &*m.up).collect(),
                            Origin::Files => read.iter().map(String::as_str).collect(),
                        };
                        if single {
                            return raw.transaction(texts);
                        }
                        texts.into_iter().try_for_each(|text| raw.transaction([text]))
                    })?;
                    ground.borrow_mut().discard(&url)?;
                    Ok(seconds)
                },
            )?;
            let how = match (single, from) {
                (false, _) => "a transaction each",
                (true, Origin::Memory) => "one transaction for all, embedded",
                (true, Origin::Files) => "one transaction for all, from files",
            };
            let what = format!("{}: up of {count}, {how}", engine.name());
            out.push(match limit {
                Some(limit) => Row::ratio(what, pair, limit),
                None => Row::told(what, pair),
            });
        }
    }
    Ok(out)
}

pub fn up(source: Source, url: &str, single: bool) -> Result {
    let options = Options { single_transaction: single, ..Options::default() };
    Migrator::new(source).options(options).connect(url)?.up(Target::Latest)?;
    Ok(())
}
