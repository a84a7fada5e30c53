//! `cargo xtask ci`: what `.ci/run` and the workflow run.

use std::time::Instant;

use crate::sh::{self, Result};
use crate::test;
use crate::tools;

/// Run what continuous integration runs.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Everything but the tests.
    #[arg(long)]
    pub lint: bool,
}

/// The two majors that tests run on besides the machine's own, in the order of preference.
const FURTHER: [u32; 2] = [18, 13];
/// Fewer versions than this prove too little.
const VERSIONS: usize = 2;

/// The task.
///
/// # Errors
/// The first step that fails.
pub fn run(args: &Args) -> Result {
    let begin = Instant::now();
    let done = |what: &str| eprintln!("{what} ok, {} s since the start", begin.elapsed().as_secs());
    sh::run(&mut sh::cargo(["fmt", "--all", "--check"]))?;
    done("format");
    sh::run(&mut sh::cargo(["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    done("lints");
    let mut doc = sh::cargo(["doc", "--locked", "--workspace", "--no-deps"]);
    sh::run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    done("docs");
    // No advisories: their database is a Git repository, which not every machine reaches.
    sh::run(tools::DENY.get()?.args(["check", "licenses", "bans", "sources"]))?;
    done("dependencies");
    if args.lint {
        return Ok(());
    }
    crate::demo::run()?;
    done("demo");
    // The databases that are shipped: sealed as they are, and every way down of theirs leads back.
    sh::run(&mut sh::cargo(["xtask", "migrate", "seal", "--check"]))?;
    sh::run(&mut sh::cargo(["xtask", "migrate", "prove"]))?;
    done("seal");
    // One test a process, in parallel, with a limit on the time of each.
    tools::NEXTEST.get()?;
    if !crate::pg::default_server()?.program("pg_dump").is_file() {
        return Err("the first PostgreSQL to test on has no pg_dump, which tests compare dumps with".into());
    }
    let versions = test::tested(&test::Args { pg: further(), slow: true, rest: Vec::new() })?;
    if versions.len() < VERSIONS {
        return Err(format!("tested on {} version of PostgreSQL, not on {VERSIONS}", versions.len()));
    }
    done("tests");
    Ok(())
}

/// One more major than the machine's own.
fn further() -> Vec<u32> {
    let own = crate::pg::default_server().map(|binaries| binaries.major).ok();
    FURTHER.into_iter().find(|major| Some(*major) != own).into_iter().collect()
}
