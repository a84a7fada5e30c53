//! A SQLite schema: `sqlite_schema` and the pragmas.

use super::Depth;
use crate::db::sqlite::Sqlite;
use switchback_plan::schema::Schema;
use switchback_plan::{Dialect, Result};

/// Reads it.
pub(super) fn read(_db: &mut Sqlite, _depth: Depth) -> Result<Schema> {
    Ok(Schema::empty(Dialect::Sqlite))
}
