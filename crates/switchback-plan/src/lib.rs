//! The pure part of switchback: what a migration is, how a directory of them is read, and which of them would run.
//!
//! Nothing here does I/O or knows a driver: text in, plain data out. Cargo proves it, for this crate depends on
//! neither a database driver nor anything that opens files.

pub mod ddl;
pub mod digest;
mod document;
pub mod error;
pub mod import;
pub mod lex;
pub mod lock;
pub mod losing;
pub mod model;
pub mod needs;
pub mod operation;
pub mod plan;
pub mod quote;
pub mod rehearsal;
pub mod saved;
pub mod schema;
pub mod sensitive;
pub mod shell;
pub mod source;
pub mod words;

pub use error::{Error, ErrorKind, Location, Result};
pub use model::{
    Batch, Body, Dialect, Direction, Layout, Migration, MigrationSet, Mode, Prefix, RustBody, Script,
    Settings, Statement, Step, WayDown,
};
pub use plan::{
    Applied, BodySource, Current, History, Plan, PlannedMigration, Problem, ProblemKind, Progress,
    StoredDown, Tally, Target, Turn, plan, problems,
};
pub use sensitive::Sensitive;
