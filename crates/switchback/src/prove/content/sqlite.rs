//! Every table is stepped through; what a value is counts, not only how it looks.

use super::{Content, Sum, Table, cells};
use crate::db::sqlite::{Sqlite, error};
use crate::store::OWN_TABLES;
use crate::value::hex;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};
use std::collections::{BTreeMap, BTreeSet};
use switchback_plan::Result;
use switchback_plan::quote::ident;
use switchback_plan::schema::Name;

pub(super) fn read(db: &Sqlite, large: &BTreeSet<String>) -> Result<Content> {
    let conn = db.connection();
    let mut content = Content::default();
    for name in tables(conn).map_err(|e| error(&e))? {
        if let Some(table) = table(conn, &name, !large.contains(&name)) {
            content.tables.insert(name, table);
        }
    }
    content.sequences = counters(conn).map_err(|e| error(&e))?;
    Ok(content)
}

/// Shadow tables are seen through the virtual table that they belong to.
fn tables(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = conn.prepare_cached(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')
           AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(names.into_iter().filter(|name| !OWN_TABLES.contains(&name.as_str())).collect())
}

/// `None` for a virtual table that cannot be read by itself.
fn table(conn: &Connection, name: &str, keep: bool) -> Option<Table> {
    let read = || -> rusqlite::Result<Table> {
        let mut statement = conn.prepare(&format!("SELECT * FROM main.{}", ident(name)))?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut sum = Sum::new(keep);
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let mut text = String::from("(");
            for i in 0..columns.len() {
                cell(&mut text, i, row.get_ref(i)?);
            }
            text.push(')');
            sum.add(text);
        }
        Ok(Table {
            name: Name::new(name),
            columns,
            root: None,
            rows: sum.rows,
            digest: sum.digest(),
            kept: sum.kept,
        })
    };
    match read() {
        Ok(table) => Some(table),
        Err(e) => {
            tracing::debug!("{name} cannot be read: {e}");
            None
        }
    }
}

/// A text and a number that look the same are two values.
fn cell(row: &mut String, index: usize, value: ValueRef<'_>) {
    let text = match value {
        ValueRef::Null => None,
        ValueRef::Integer(v) => Some(v.to_string()),
        // With a point or an exponent, so that it is no integer.
        ValueRef::Real(v) => Some(format!("{v:?}")),
        ValueRef::Text(v) => Some(match std::str::from_utf8(v) {
            Ok(text) => format!("'{text}'"),
            Err(_) => format!("text x'{}'", hex(v)),
        }),
        ValueRef::Blob(v) => Some(format!("x'{}'", hex(v))),
    };
    cells::push(row, index == 0, text.as_deref());
}

/// A counter that has never counted is the same as none.
fn counters(conn: &Connection) -> rusqlite::Result<BTreeMap<String, String>> {
    let there = conn
        .prepare_cached("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'")?
        .query_row([], |_| Ok(()))
        .optional()?;
    if there.is_none() {
        return Ok(BTreeMap::new());
    }
    let mut statement = conn.prepare_cached("SELECT name, seq FROM sqlite_sequence WHERE seq <> 0")?;
    statement
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?.to_string())))?
        .collect()
}
