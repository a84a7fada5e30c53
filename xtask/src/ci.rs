//! `cargo xtask ci`: what `.ci/run` and the workflow run.

use std::path::Path;
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
    no_secret_is_left()?;
    done("secrets");
    Ok(())
}

/// What `tests/tests/it/secrets.rs` plants.
const PLANTED: [&str; 5] =
    ["Zq7 pl", "Zq7-wrong-word", "Zq7-value-of-a-row", "Zq7-in-a-literal", "Zq7-of-the-caller"];

/// Searches what the tests left behind: their output, files in `target/`, and cores.
fn no_secret_is_left() -> Result {
    let root = sh::root();
    let target = root.join("target");
    let mut searched = 0;
    let mut folders = vec![target.join("nextest"), target.join("tmp"), target.join("docs-cache")];
    let mut files = Vec::new();
    for dir in [root.clone(), root.join("tests")] {
        for entry in std::fs::read_dir(&dir).map_err(|e| unread(&dir, &e))?.flatten() {
            let path = entry.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.extend((path.is_file() && (name == "core" || name.starts_with("core."))).then_some(path));
        }
    }
    while let Some(dir) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    for file in files {
        let bytes = std::fs::read(&file).map_err(|e| unread(&file, &e))?;
        searched += 1;
        let found = |word: &&str| bytes.windows(word.len()).any(|part| part == word.as_bytes());
        if let Some(word) = PLANTED.iter().find(|word| found(word)) {
            return Err(format!("{} holds the planted secret {word:?}", file.display()));
        }
    }
    match searched {
        0 => Err("the tests left nothing to search: there is no target/nextest/ci/junit.xml".to_owned()),
        _ => Ok(()),
    }
}

fn unread(path: &Path, e: &std::io::Error) -> String {
    format!("{} cannot be read: {e}", path.display())
}

/// One more major than the machine's own.
fn further() -> Vec<u32> {
    let own = crate::pg::default_server().map(|binaries| binaries.major).ok();
    FURTHER.into_iter().find(|major| Some(*major) != own).into_iter().collect()
}
