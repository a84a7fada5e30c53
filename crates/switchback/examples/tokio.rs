//! The same in an asynchronous program: `cargo run --example tokio_startup -- sqlite:app.db`.
//!
//! The library is synchronous, and its PostgreSQL connection runs a small runtime of its own, which must not be started
//! inside another one. `spawn_blocking` gives it a thread.
#![allow(clippy::print_stdout, reason = "a program, not a library")]

use switchback::{EmbeddedSet, Migrator, Report, Target};

/// What is compiled into this program.
pub const APP: EmbeddedSet = switchback::embed!("examples/migrations/app");

type AnyError = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let url = match std::env::args().nth(1) {
        Some(url) => url,
        None => std::env::var("DATABASE_URL")?,
    };
    let report = migrate(url).await?;
    println!("{} migrations applied; the server starts", report.migrations.len());
    Ok(())
}

/// Applies what is pending, while the runtime goes on with other work.
pub async fn migrate(url: String) -> Result<Report, AnyError> {
    let migrated =
        tokio::task::spawn_blocking(move || Migrator::new(APP).connect(&url)?.up(Target::Latest)).await?;
    Ok(migrated?)
}
