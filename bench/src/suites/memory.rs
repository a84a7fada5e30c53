//! The peak of memory of the installed program's own command line.

use super::Bench;
use crate::Result;
use crate::child;
use crate::engine::Engine;
use crate::measure::Row;
use crate::sets::{small, write_folders};

pub fn run(bench: &mut Bench) -> Result<Vec<Row>> {
    let count = bench.size(1_000, 50);
    let dir = bench.ground.path("small");
    write_folders(&dir, &small(count))?;
    let dir = dir.display().to_string();
    let mut out = Vec::new();
    for engine in Engine::BOTH {
        for single in [false, true] {
            let url = bench.ground.fresh(engine)?;
            let how = if single { "--single-transaction" } else { "--progress=auto" };
            let answer = child::ask_cli(["up", "--url", &url, "--migrations", &dir, how])?;
            let all = if single { " --single-transaction" } else { "" };
            let what = format!("{}: switchback up{all}, {count} pending", engine.name());
            out.push(Row::at_most(what, answer.mebibytes, 16.0, "MiB"));
            bench.ground.discard(&url)?;
        }
    }
    Ok(out)
}
