//! The same scenarios on SQLite and on a real PostgreSQL.

mod context;
mod half_applied;
mod import;
mod support;
mod updown;
