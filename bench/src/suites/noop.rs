//! Everything is applied already: what an application pays at each start. Each run is a new process.

use super::Bench;
use crate::Result;
use crate::child;
use crate::engine::Engine;
use crate::measure::{Pick, Row, pair};
use crate::sets::{small, write_flat, write_folders};

/// What embedded migrations may cost at the start of an application.
const EXTRA: f64 = 0.015;
/// How much longer than refinery reading files may take.
const TIMES: f64 = 1.3;

pub fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let count = bench.size(1_000, 50);
    let rounds = bench.rounds(21);
    let (folders, flat, twice) =
        (bench.ground.path("folders"), bench.ground.path("flat"), bench.ground.path("twice"));
    write_folders(&folders, &small(count))?;
    write_flat(&flat, &small(count))?;
    // As many files as our layout has.
    write_flat(&twice, &small(2 * count))?;
    let [folders, flat, twice] = [&folders, &flat, &twice].map(|dir| dir.display().to_string());
    let mut out = Vec::new();
    for engine in Engine::BOTH {
        // Ours in folders; one that refinery wrote, which both read; one of refinery's with as many files as our folders.
        let own = bench.ground.fresh(engine)?;
        child::ask(["single", "files", &own, &folders])?;
        let theirs = bench.ground.fresh(engine)?;
        child::ask(["refinery", &theirs, &flat])?;
        let theirs_twice = bench.ground.fresh(engine)?;
        child::ask(["refinery", &theirs_twice, &twice])?;
        let size = count.to_string();
        for command in ["up", "status"] {
            let what = |how: &str| format!("{}: {command}, {count} applied, {how}", engine.name());
            let over_connecting = pair(
                rounds,
                Pick::Fastest,
                &mut || Ok(child::ask([command, "embedded", &own, &size])?.seconds),
                &mut || Ok(child::ask(["connect", &own])?.seconds),
            )?;
            out.push(Row::extra(what("embedded, over connecting"), over_connecting, EXTRA));
            let over_refinery = pair(
                rounds,
                Pick::Fastest,
                &mut || Ok(child::ask([command, "files", &own, &folders])?.seconds),
                &mut || Ok(child::ask(["refinery", &theirs_twice, &twice])?.seconds),
            )?;
            let files = what(&format!("{} files in folders", 2 * count));
            out.push(Row::ratio(files, over_refinery, TIMES));
            let over_refinery = pair(
                rounds,
                Pick::Fastest,
                &mut || Ok(child::ask([command, "files", &theirs, &flat])?.seconds),
                &mut || Ok(child::ask(["refinery", &theirs, &flat])?.seconds),
            )?;
            let files = what(&format!("{count} files, refinery's layout and history"));
            out.push(Row::ratio(files, over_refinery, TIMES));
        }
        for url in [own, theirs, theirs_twice] {
            bench.ground.discard(&url)?;
        }
    }
    Ok(out)
}
