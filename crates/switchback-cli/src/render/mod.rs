//! Reports as text. JSON is the reports' own `Serialize`.

pub mod journal;
pub mod kept;
pub mod plan;
pub mod proof;
pub mod rehearsal;
pub mod run_book;
pub mod safety;
pub mod schema;
pub mod seal;
pub mod text;
