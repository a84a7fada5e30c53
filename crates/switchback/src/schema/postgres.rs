//! A PostgreSQL schema: the catalogs.

use super::{Depth, Scope};
use crate::db::postgres::Postgres;
use switchback_plan::schema::Schema;
use switchback_plan::{Dialect, Result};

/// Reads it.
pub(super) fn read(_db: &mut Postgres, _scope: &Scope, _depth: Depth) -> Result<Schema> {
    Ok(Schema::empty(Dialect::Postgres))
}
