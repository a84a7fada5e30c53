//! Reports as text. JSON is the reports' own `Serialize`.

pub mod proof;
pub mod schema;
pub mod seal;
pub mod text;
