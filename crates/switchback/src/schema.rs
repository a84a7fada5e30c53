//! Reading the schema of a database.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use crate::db::Database;
use std::rc::Rc;
use switchback_plan::Result;
use switchback_plan::schema::Schema;

/// How much of a schema is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// What is compared and fingerprinted.
    Compare,
    /// Besides, how to make each object again and what it depends on (`create`, `drop`, `uses`).
    Compile,
}

/// Whose objects are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Every schema that is not the server's own.
    All,
    /// The current schema and these.
    Schemas(Vec<String>),
}

/// Reads the schema. Tables of ours that keep the history are left out, objects of extensions too.
///
/// # Errors
/// When the database cannot be read.
pub(crate) fn read(db: &mut Database, scope: &Scope, depth: Depth) -> Result<Schema> {
    match db {
        Database::Sqlite(db) => sqlite::read(db, depth),
        Database::Postgres(db) => postgres::read(db, scope, depth),
    }
}

/// What was read last; for one database.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    sqlite: sqlite::Cache,
    postgres: postgres::Cache,
}

/// Reads the schema, where it may have changed since the last call with that cache.
///
/// # Errors
/// When the database cannot be read.
pub(crate) fn read_cached(
    db: &mut Database,
    scope: &Scope,
    depth: Depth,
    cache: &mut Cache,
) -> Result<Rc<Schema>> {
    match db {
        Database::Sqlite(db) => sqlite::read_cached(db, depth, &mut cache.sqlite),
        Database::Postgres(db) => postgres::read_cached(db, scope, depth, &mut cache.postgres),
    }
}
