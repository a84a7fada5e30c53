//! `peer URL DIR [--grouped]`: what a program with refinery does at its start. Prints one JSON document.

use refinery::{Migration, Runner, load_sql_migrations};
use serde_json::{Value, json};
use std::error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let grouped = arguments.iter().any(|a| a == "--grouped");
    let [url, dir, ..] = arguments.as_slice() else {
        eprintln!("peer URL DIR [--grouped]");
        return ExitCode::from(2);
    };
    match run(url, dir, grouped) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(e) => {
            let mut message = e.to_string();
            let mut source = e.source();
            while let Some(e) = source {
                message.push_str(&format!(": {e}"));
                source = e.source();
            }
            println!("{}", json!({ "error": message }));
            ExitCode::FAILURE
        }
    }
}

fn run(url: &str, dir: &str, grouped: bool) -> Result<Value, Box<dyn Error>> {
    let runner = Runner::new(&load_sql_migrations(dir)?).set_grouped(grouped);
    let (report, history) = match url.strip_prefix("sqlite:") {
        Some(file) => {
            let mut conn = rusqlite::Connection::open(file)?;
            (runner.run(&mut conn)?, runner.get_applied_migrations(&mut conn)?)
        }
        None => {
            let mut client = postgres::Client::connect(url, postgres::NoTls)?;
            (runner.run(&mut client)?, runner.get_applied_migrations(&mut client)?)
        }
    };
    let labels = |list: &[Migration]| list.iter().map(ToString::to_string).collect::<Vec<String>>();
    Ok(json!({
        "applied_now": labels(report.applied_migrations()),
        "history": history
            .iter()
            .map(|m| json!({ "version": i64::from(m.version()), "name": m.name(), "checksum": m.checksum().to_string() }))
            .collect::<Vec<Value>>(),
    }))
}
