//! Proving a history of 300 migrations against applying it once, and sealing one migration more behind as many.

use super::Bench;
use crate::Result;
use crate::engine::Engine;
use crate::measure::{Pick, Row, pair, time};
use std::cell::RefCell;
use std::fs;
use std::path::Path;
use switchback::prove::{ProveOptions, prove};
use switchback::seal::{SealOptions, seal};
use switchback::{Dialect, Migrator, Source, Target};

/// How much longer the proof may take.
const TIMES: f64 = 6.0;
/// How long sealing one migration more may take, in seconds.
const MORE: f64 = 10.0;

pub fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus/history-300");
    let rounds = bench.rounds(3);
    let count = bench.size(300, 20);
    let last = i64::try_from(count)?;
    let mut out = Vec::new();
    for engine in Engine::BOTH {
        let dialect = match engine {
            Engine::Sqlite => Dialect::Sqlite,
            Engine::Postgres => Dialect::Postgres,
        };
        let ground = RefCell::new(&mut bench.ground);
        let proven = pair(
            rounds,
            Pick::Middle,
            &mut || {
                time(|| {
                    let options = ProveOptions { to: Some(last), ..ProveOptions::default() };
                    // As in real histories, a few ways down lose rows or values; that they are found takes its time.
                    let report = prove(&Source::Directory(corpus.clone()), dialect, &options)?;
                    match report.migrations.iter().filter(|m| m.passed).count() * 10 >= count * 9 {
                        true => Ok(()),
                        false => Err("fewer than nine in ten ways down pass".into()),
                    }
                })
            },
            &mut || {
                let url = ground.borrow_mut().fresh(engine)?;
                let seconds = time(|| {
                    Migrator::new(corpus.clone()).connect(&url)?.up(Target::Version(last))?;
                    Ok(())
                })?;
                ground.borrow_mut().discard(&url)?;
                Ok(seconds)
            },
        )?;
        out.push(Row::ratio(
            format!("{}: prove {count} migrations, over applying them once", engine.name()),
            proven,
            TIMES,
        ));
        let dir = bench.ground.path("sealed");
        for version in 1..=count {
            one_table(&dir, version)?;
        }
        let options = SealOptions { engines: Some(vec![dialect]), ..SealOptions::default() };
        write(&dir, &options)?;
        one_table(&dir, count + 1)?;
        let sealed = time(|| write(&dir, &options))?;
        let what = format!("{}: seal one migration more behind {count}", engine.name());
        out.push(Row::at_most(what, sealed, MORE, "s"));
    }
    Ok(out)
}

/// A migration that makes a table.
fn one_table(dir: &Path, version: usize) -> Result {
    let folder = dir.join(format!("V{version:04}__table_{version}"));
    fs::create_dir_all(&folder)?;
    let up = format!("CREATE TABLE table_{version} (id bigint NOT NULL PRIMARY KEY, name text NOT NULL);\n");
    fs::write(folder.join("up.sql"), up)?;
    fs::write(folder.join("down.sql"), format!("DROP TABLE table_{version};\n"))?;
    Ok(())
}

/// Seals the directory, as the command does.
fn write(dir: &Path, options: &SealOptions) -> Result {
    let sealing = seal(&Source::Directory(dir.to_owned()), options)?;
    if let Some((_, failed)) = sealing.failures().next() {
        return Err(format!("{}: {:?}", failed.name, failed.reasons).into());
    }
    for (path, text) in sealing.files {
        fs::write(dir.join(path), text)?;
    }
    Ok(())
}
