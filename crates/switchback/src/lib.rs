//! Versioned schema and data migrations for SQLite and PostgreSQL, with a way back.
//!
//! A set of migrations is a directory: compiled in with [`embed!`], or read from disk. [`Migrator`] connects it to a
//! database. The library never prints, never reads a user's configuration and never exits.

mod actor;
mod apply;
pub mod backup;
pub mod connect;
mod content;
pub mod context;
mod db;
mod drift;
pub mod event;
pub mod export;
pub mod files;
pub mod grants;
pub mod health;
pub mod import;
pub mod inspect;
pub mod journal;
pub mod migrator;
pub mod options;
mod preflight;
pub mod prove;
pub mod rehearse;
mod replay;
pub mod report;
pub mod restore;
pub mod rollback;
mod schema;
pub mod scratch;
pub mod seal;
pub mod set;
mod store;
pub mod value;

pub use context::{Batches, Context, Reject};
pub use event::{Event, Observer, Silent, Watch};
pub use inspect::TableDigest;
pub use migrator::{
    Connected, Intent, Kept, KeptChange, KeptReport, Migrator, Note, PlanRequest, Rebuild, Repair,
    hold_backup, pin_backup,
};
pub use options::{Options, Requires};
pub use report::Report;
pub use set::{EmbeddedSet, RustFn, RustMigration, Source};
pub use switchback_macros::embed;
pub use switchback_plan::{Dialect, Direction, Error, ErrorKind, Location, Result, Sensitive, Target};
pub use value::{FromValue, Row, Value};

pub use switchback_plan as plan;
