//! An application that brings its database up to date before it does anything else:
//! `cargo run --example startup -- sqlite:app.db`.
#![allow(clippy::print_stdout, reason = "a program, not a library")]

use switchback::{EmbeddedSet, Event, Migrator, Options, Report, Result, Target};

/// Compiled in: the program needs no file beside it.
pub const APP: EmbeddedSet = switchback::embed!("examples/migrations/app");

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let url = match std::env::args().nth(1) {
        Some(url) => url,
        None => std::env::var("DATABASE_URL")?,
    };
    let report = migrate(&url)?;
    println!("{} migrations applied; the application starts", report.migrations.len());
    Ok(())
}

/// Applies what is pending. Any number of instances may start at once: one applies, the others wait for it.
pub fn migrate(url: &str) -> Result<Report> {
    let options = Options { tool: format!("notes {}", env!("CARGO_PKG_VERSION")), ..Options::default() };
    Migrator::new(APP)
        .options(options)
        .connect(url)?
        .observer(|event: &Event<'_>| {
            if let Event::Waiting { holder, .. } = event {
                println!("waiting for {holder}");
            }
        })
        .up(Target::Latest)
}
