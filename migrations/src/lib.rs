//! The three databases that switchback ships with: its worked examples, its demo and its end-to-end tests.

mod options;
mod orchestrator;
pub mod seed;

use switchback::{EmbeddedSet, embed};

/// A task dashboard on SQLite: nine steps, nineteen changes.
pub const DASHBOARD: EmbeddedSet = embed!("dashboard");

/// A journal on both engines: text keys become native UUIDs, words are counted in Rust.
pub const JOURNAL: EmbeddedSet = embed!("journal");

/// An orchestrator on both engines: legacy breakdowns become generic tasks, a data migration in Rust.
pub const ORCHESTRATOR: EmbeddedSet = embed!("orchestrator");

/// All of them by name.
pub fn registry() -> [(&'static str, EmbeddedSet); 3] {
    [("dashboard", DASHBOARD), ("journal", JOURNAL), ("orchestrator", ORCHESTRATOR)]
}
