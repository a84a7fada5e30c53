//! The same scenarios on SQLite and on a real PostgreSQL.

mod context;
mod dashboard;
mod half_applied;
mod import;
mod journal;
mod orchestrator;
mod runners;
mod shipped;
mod storm;
mod support;
mod updown;
