//! Every table is stepped through; what a value is counts, not only how it looks.

use super::{Content, Keep, Sum, Table, cells};
use crate::db::sqlite::{Sqlite, error};
use crate::store::OWN_TABLES;
use crate::value::hex;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};
use siphasher::sip::SipHasher13;
use std::collections::BTreeMap;
use std::hash::Hasher as _;
use switchback_plan::quote::ident;
use switchback_plan::schema::Name;
use switchback_plan::{ErrorKind, Result};

pub(super) fn read(db: &Sqlite, keep: Keep<'_>, each: &mut dyn FnMut(&str, u64)) -> Result<Content> {
    let conn = db.connection();
    let mut content = Content::default();
    for name in tables(conn).map_err(|e| error(&e))? {
        if let Some(table) = table(conn, &name, keep.rows_of(&name))? {
            each(&name, table.rows);
            content.tables.insert(name, table);
        }
    }
    content.sequences = counters_of(db)?;
    Ok(content)
}

pub(super) fn counters_of(db: &Sqlite) -> Result<BTreeMap<String, String>> {
    counters(db.connection()).map_err(|e| error(&e))
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
fn table(conn: &Connection, name: &str, keep: bool) -> Result<Option<Table>> {
    let mut sum = Sum::new(keep);
    let read = each_row(conn, name, &mut |row, bytes| {
        sum.add(bytes);
        if keep {
            sum.keep(text(row)?);
        }
        Ok(())
    });
    match read {
        Ok(columns) => Ok(Some(Table {
            name: Name::new(name),
            columns,
            root: None,
            rows: sum.rows,
            digest: sum.digest(),
            kept: sum.kept,
        })),
        Err(e) => unread(name, &e).map(|()| None),
    }
}

/// Passes over what cannot be read, but for an interrupt: what was not read then is not missing.
fn unread(name: &str, e: &rusqlite::Error) -> Result<()> {
    let e = error(e);
    if e.kind() == ErrorKind::Interrupted {
        return Err(e);
    }
    tracing::debug!("{name} cannot be read: {e}");
    Ok(())
}

/// What is done with a row, and with its values as bytes that no other row has.
type EachRow<'a> = dyn FnMut(&Row<'_>, &[u8]) -> rusqlite::Result<()> + 'a;

/// Steps through the rows; returns the columns.
fn each_row(conn: &Connection, name: &str, each: &mut EachRow<'_>) -> rusqlite::Result<Vec<String>> {
    let mut statement = conn.prepare(&format!("SELECT * FROM main.{}", ident(name)))?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.raw_query();
    let mut bytes = Vec::new();
    while let Some(row) = rows.next()? {
        bytes.clear();
        for i in 0..columns.len() {
            append(&mut bytes, row.get_ref(i)?);
        }
        each(row, &bytes)?;
    }
    Ok(columns)
}

pub(super) fn row_hashes(db: &Sqlite) -> Result<BTreeMap<String, Vec<u64>>> {
    let conn = db.connection();
    let mut all = BTreeMap::new();
    for name in tables(conn).map_err(|e| error(&e))? {
        let mut hashes = Vec::new();
        let read = each_row(conn, &name, &mut |_, bytes| {
            let mut hasher = SipHasher13::new();
            hasher.write(bytes);
            hashes.push(hasher.finish());
            Ok(())
        });
        if let Err(e) = read {
            unread(&name, &e)?;
            continue;
        }
        all.insert(name, hashes);
    }
    Ok(all)
}

/// A value as its storage class and bytes: a text and a number that look the same are two values.
fn append(row: &mut Vec<u8>, value: ValueRef<'_>) {
    let mut of = |class: u8, bytes: &[u8]| {
        row.push(class);
        row.extend_from_slice(bytes);
    };
    let length = |bytes: &[u8]| (bytes.len() as u64).to_le_bytes();
    match value {
        ValueRef::Null => of(0, &[]),
        ValueRef::Integer(v) => of(1, &v.to_le_bytes()),
        ValueRef::Real(v) => of(2, &v.to_bits().to_le_bytes()),
        ValueRef::Text(v) => {
            of(3, &length(v));
            row.extend_from_slice(v);
        }
        ValueRef::Blob(v) => {
            of(4, &length(v));
            row.extend_from_slice(v);
        }
    }
}

/// A row as a text, for people and for what tells rows apart cell by cell.
fn text(row: &Row<'_>) -> rusqlite::Result<String> {
    let mut out = String::from("(");
    for i in 0..row.as_ref().column_count() {
        let cell = match row.get_ref(i)? {
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
        cells::push(&mut out, i == 0, cell.as_deref());
    }
    out.push(')');
    Ok(out)
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
