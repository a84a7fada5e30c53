//! The same scenarios on SQLite and on a real PostgreSQL.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod bad_database;
mod bad_input;
mod context;
mod convert_key;
mod dashboard;
mod drift;
mod embed;
mod half_applied;
mod history300;
mod hostile;
mod import;
mod journal;
mod operations;
mod orchestrator;
mod outside;
mod program;
mod prove;
mod refinery;
mod runners;
mod seal;
mod sequences;
mod shipped;
mod storm;
mod support;
mod tour;
mod traps;
mod turning;
mod updown;
mod writers;
