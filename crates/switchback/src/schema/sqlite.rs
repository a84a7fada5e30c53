//! A SQLite schema: the texts of `sqlite_schema`, which say all there is to say; the pragmas where they do not. Among these
//! are the two numbers that the file holds for its application, as far as they are not 0.

use super::Depth;
use crate::db::sqlite::{Sqlite, error};
use crate::inspect::is_own;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use switchback_plan::Result;
use switchback_plan::ddl::{Memo, Stored, describe, unquote};
use switchback_plan::schema::{Column, Generated, Schema};

#[cfg(test)]
mod tests;

/// What was read last, so that what has not changed is not read again.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    last: Option<(Vec<Stored>, Depth, Rc<Schema>)>,
    memo: Memo,
}

/// Reads it.
pub(super) fn read(db: &mut Sqlite, depth: Depth) -> Result<Schema> {
    let stored = stored(db.connection()).map_err(|e| error(&e))?;
    described(db.connection(), stored, depth, &mut Memo::default()).map(|(_, schema)| schema)
}

/// Reads it, where it is not what was read last.
pub(super) fn read_cached(db: &mut Sqlite, depth: Depth, cache: &mut Cache) -> Result<Rc<Schema>> {
    // By the texts, not by `PRAGMA schema_version`, which comes again after a rollback.
    let stored = stored(db.connection()).map_err(|e| error(&e))?;
    if let Some((before, at, schema)) = &cache.last
        && *before == stored
        && *at == depth
    {
        return Ok(Rc::clone(schema));
    }
    let (stored, schema) = described(db.connection(), stored, depth, &mut cache.memo)?;
    let schema = Rc::new(schema);
    cache.last = Some((stored, depth, Rc::clone(&schema)));
    Ok(schema)
}

/// The rows of `sqlite_schema` in the order in which they were made, without SQLite's own tables and ours.
fn stored(conn: &Connection) -> rusqlite::Result<Vec<Stored>> {
    let mut statement =
        conn.prepare_cached("SELECT type, name, tbl_name, sql FROM main.sqlite_master ORDER BY rowid")?;
    let rows = statement.query_map([], |row| {
        Ok(Stored { kind: row.get(0)?, name: row.get(1)?, table: row.get(2)?, sql: row.get(3)? })
    })?;
    let mut stored = rows.collect::<rusqlite::Result<Vec<Stored>>>()?;
    stored.retain(|row| {
        let sqlites = row.table.get(..7).is_some_and(|p| p.eq_ignore_ascii_case("sqlite_"));
        !sqlites && !is_own(&row.table)
    });
    let mut numbers = conn.prepare_cached(
        "SELECT 'application_id', application_id FROM pragma_application_id
        UNION ALL SELECT 'user_version', user_version FROM pragma_user_version",
    )?;
    let rows = numbers.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for row in rows {
        let (name, value): (String, i64) = row?;
        if value != 0 {
            let (kind, table) = ("pragma".to_owned(), String::new());
            stored.push(Stored { kind, name, table, sql: Some(value.to_string()) });
        }
    }
    Ok(stored)
}

fn described(
    conn: &Connection,
    mut stored: Vec<Stored>,
    depth: Depth,
    memo: &mut Memo,
) -> Result<(Vec<Stored>, Schema)> {
    let mut columns = BTreeMap::new();
    let virtuals: Vec<String> =
        stored.iter().filter(|r| r.kind == "table" && is_virtual(r)).map(|r| r.name.clone()).collect();
    let all = if virtuals.is_empty() {
        None
    } else {
        // The tables that a virtual one keeps its content in come and go with it.
        let shadows = shadows(conn).map_err(|e| error(&e))?;
        for name in virtuals {
            // A module that is not there cannot say.
            columns.insert(name.clone(), virtual_columns(conn, &name).unwrap_or_default());
        }
        let all = stored.clone();
        stored.retain(|r| !shadows.contains(&r.table));
        Some(all)
    };
    let schema = describe(&stored, &columns, depth == Depth::Compile, memo);
    Ok((all.unwrap_or(stored), schema))
}

fn is_virtual(row: &Stored) -> bool {
    // SQLite writes these words itself.
    row.sql
        .as_deref()
        .is_some_and(|sql| sql.get(..20).is_some_and(|w| w.eq_ignore_ascii_case("CREATE VIRTUAL TABLE")))
}

fn shadows(conn: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let mut statement =
        conn.prepare_cached("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

/// Hidden columns (a table's own name, the rank) are the module's, not the table's.
fn virtual_columns(conn: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    let mut statement = conn.prepare_cached(
        "SELECT name, type, \"notnull\", dflt_value, hidden FROM pragma_table_xinfo(?1, 'main') WHERE hidden <> 1",
    )?;
    let rows = statement.query_map([table], |row| {
        let hidden: i64 = row.get(4)?;
        Ok(Column {
            name: row.get(0)?,
            data_type: unquote(&row.get::<_, String>(1)?),
            not_null: row.get(2)?,
            default: row.get(3)?,
            generated: (hidden > 1).then(|| Generated { expression: String::new(), stored: hidden == 3 }),
            ..Column::default()
        })
    })?;
    rows.collect()
}
