//! Tables for people and their tools: JSON lines or CSV. No backup, for it holds no schema.

use crate::backup::postgres::all;
use crate::db::Database;
use crate::db::postgres::Postgres;
use crate::migrator::Connected;
use crate::store::OWN_TABLES;
use crate::value::hex;
use rusqlite::types::ValueRef;
use serde_json::Value as Json;
use std::io::{self, Write};
use switchback_plan::quote::{ident, literal, qualified};
use switchback_plan::sensitive::HIDDEN;
use switchback_plan::{Error, ErrorKind, Result, Sensitive};

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values as RFC 4180 has them, with a heading; NULL is nothing, an empty text is `""`.
    Csv,
}

impl Form {
    /// The ending of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Form::Jsonl => "jsonl",
            Form::Csv => "csv",
        }
    }
}

/// The tables of the database but those that keep the history, as they are named in SQL without quotes; on PostgreSQL
/// partitioned ones as a whole, in other schemas than the current one with the schema before.
///
/// # Errors
/// When the database cannot be read; [`ErrorKind::Unsupported`] where two tables are named the same.
pub fn tables(connected: &mut Connected) -> Result<Vec<String>> {
    let names = match &mut connected.db {
        Database::Sqlite(db) => {
            let names = || -> rusqlite::Result<Vec<String>> {
                let mut statement = db.connection().prepare(
                    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
                       AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
                )?;
                statement.query_map([], |row| row.get(0))?.collect()
            };
            names().map_err(|e| crate::db::sqlite::error(&e))?
        }
        Database::Postgres(db) => all(
            db,
            "SELECT CASE WHEN n.nspname = current_schema() THEN c.relname::text ELSE n.nspname || '.' || c.relname END
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
               AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1",
        )?,
    };
    let own = |name: &String| OWN_TABLES.contains(&name.rsplit('.').next().unwrap_or(name));
    let names: Vec<String> = names.into_iter().filter(|name| !own(name)).collect();
    if let Database::Postgres(db) = &mut connected.db {
        // The file of one would be that of the other.
        for pair in names.windows(2).filter(|pair| pair[0] == pair[1]) {
            pg_table(db, &pair[0])?;
        }
    }
    Ok(names)
}

/// Runs `work` in one transaction that only reads: all tables are of one moment.
///
/// # Errors
/// When it cannot begin, and those of `work`.
pub fn of_one_moment<T>(
    connected: &mut Connected,
    work: impl FnOnce(&mut Connected) -> Result<T>,
) -> Result<T> {
    let begin = match &connected.db {
        Database::Sqlite(_) => "BEGIN",
        Database::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    };
    connected.db.execute(begin, &[])?;
    let done = work(connected);
    connected.db.rollback();
    done
}

/// Writes the rows of a table; returns their number. Values of the columns that `hidden` names are written as `***`.
///
/// # Errors
/// A table that is not there, or a place that cannot be written.
pub fn table(
    connected: &mut Connected,
    name: &str,
    form: Form,
    hidden: &Sensitive,
    to: &mut dyn Write,
) -> Result<u64> {
    match &mut connected.db {
        Database::Sqlite(db) => match form {
            Form::Jsonl => sqlite_jsonl(db.connection(), name, hidden, to),
            Form::Csv => sqlite_csv(db.connection(), name, hidden, to),
        },
        Database::Postgres(db) => {
            let table = pg_table(db, name)?;
            let query = pg_rows(db, name, &table, hidden)?;
            match form {
                Form::Jsonl => {
                    let mut rows = 0;
                    let sql = format!("SELECT pg_catalog.row_to_json(r)::text FROM ({query}) AS r");
                    db.query_each(&sql, &[], &mut |row| {
                        rows += 1;
                        let line: String = row.at(0)?;
                        writeln!(to, "{line}").map_err(|e| unwritten(&e))
                    })?;
                    Ok(rows)
                }
                Form::Csv => {
                    let rows = db.count_rows(&format!("SELECT 1 FROM {table}"))?;
                    db.copy_out(&format!("COPY ({query}) TO STDOUT (FORMAT csv, HEADER)"), to)?;
                    Ok(rows)
                }
            }
        }
    }
}

/// The table of that name, quoted: a dot in it may be one of the table's own name, or of its schema's.
///
/// # Errors
/// [`ErrorKind::Unsupported`] where several are called so.
fn pg_table(db: &mut Postgres, name: &str) -> Result<String> {
    let called = literal(name);
    let mut found = all(
        db,
        &format!(
            "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE (n.nspname = current_schema() AND c.relname = {called} OR n.nspname || '.' || c.relname = {called})
               AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1"
        ),
    )?;
    if found.len() > 1 {
        let message = format!("{name} is the name of more than one table: {}", found.join(" and "));
        return Err(Error::new(ErrorKind::Unsupported, message)
            .hint("rename one of them, or take a `backup`, which holds both"));
    }
    Ok(found.pop().unwrap_or_else(|| qualified(name)))
}

/// The query of a table's rows, without the values that are hidden.
fn pg_rows(db: &mut Postgres, name: &str, table: &str, hidden: &Sensitive) -> Result<String> {
    if hidden.is_empty() {
        return Ok(format!("SELECT * FROM {table}"));
    }
    let columns = all(
        db,
        &format!(
            "SELECT attname::text FROM pg_catalog.pg_attribute
             WHERE attrelid = {}::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            literal(table)
        ),
    )?;
    let columns: Vec<String> = columns
        .iter()
        .map(|column| match (hidden.hides(name, column), ident(column)) {
            (true, column) => format!("CASE WHEN {column} IS NOT NULL THEN '{HIDDEN}' END AS {column}"),
            (false, column) => column,
        })
        .collect();
    Ok(format!("SELECT {} FROM {table}", columns.join(", ")))
}

fn unwritten(e: &io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("the rows cannot be written: {e}"))
}

/// What is done with a row: the names of the columns, and its values.
type EachRow<'a> = dyn FnMut(&[String], &[ValueRef<'_>]) -> Result<()> + 'a;

/// Every row of a table of SQLite.
fn each_row(
    conn: &rusqlite::Connection,
    name: &str,
    hidden: &Sensitive,
    each: &mut EachRow<'_>,
) -> Result<u64> {
    let failed = |e: rusqlite::Error| crate::db::sqlite::error(&e);
    let mut statement = conn.prepare(&format!("SELECT * FROM main.{}", ident(name))).map_err(failed)?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.raw_query();
    let mut number = 0;
    while let Some(row) = rows.next().map_err(failed)? {
        number += 1;
        let mut values: Vec<ValueRef<'_>> =
            (0..columns.len()).map(|i| row.get_ref(i)).collect::<rusqlite::Result<_>>().map_err(failed)?;
        for (value, column) in values.iter_mut().zip(&columns) {
            if *value != ValueRef::Null && hidden.hides(name, column) {
                *value = ValueRef::Text(HIDDEN.as_bytes());
            }
        }
        each(&columns, &values)?;
    }
    Ok(number)
}

/// What is no text in UTF-8 is written as PostgreSQL writes bytes: `\x00ff`.
fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("\\x{}", hex(bytes)),
    }
}

fn sqlite_jsonl(
    conn: &rusqlite::Connection,
    name: &str,
    hidden: &Sensitive,
    to: &mut dyn Write,
) -> Result<u64> {
    each_row(conn, name, hidden, &mut |columns, values| {
        // In the order of the columns.
        let fields: Vec<String> = columns
            .iter()
            .zip(values)
            .map(|(column, value)| {
                let json = match value {
                    ValueRef::Null => Json::Null,
                    ValueRef::Integer(v) => Json::from(*v),
                    // JSON has no word for what is no number; PostgreSQL writes it so too.
                    ValueRef::Real(v) if v.is_infinite() => {
                        Json::from(if v.is_sign_negative() { "-Infinity" } else { "Infinity" })
                    }
                    ValueRef::Real(v) => Json::from(*v),
                    ValueRef::Text(v) => Json::from(text_of(v)),
                    ValueRef::Blob(v) => Json::from(format!("\\x{}", hex(v))),
                };
                format!("{}:{json}", Json::from(column.as_str()))
            })
            .collect();
        writeln!(to, "{{{}}}", fields.join(",")).map_err(|e| unwritten(&e))
    })
}

fn sqlite_csv(
    conn: &rusqlite::Connection,
    name: &str,
    hidden: &Sensitive,
    to: &mut dyn Write,
) -> Result<u64> {
    let heading: Vec<String> = conn
        .prepare(&format!("SELECT * FROM main.{}", ident(name)))
        .map_err(|e| crate::db::sqlite::error(&e))?
        .column_names()
        .map(csv_text)
        .collect();
    let mut line = |fields: &[String]| writeln!(to, "{}", fields.join(",")).map_err(|e| unwritten(&e));
    line(&heading)?;
    each_row(conn, name, hidden, &mut |_, values| {
        let fields: Vec<String> = values
            .iter()
            .map(|value| match value {
                ValueRef::Null => String::new(),
                ValueRef::Integer(v) => v.to_string(),
                ValueRef::Real(v) => format!("{v:?}"),
                ValueRef::Text(v) => csv_text(&text_of(v)),
                ValueRef::Blob(v) => format!("\\x{}", hex(v)),
            })
            .collect();
        line(&fields)
    })
}

/// A text as RFC 4180 has it, and as PostgreSQL writes it: in quotes also where it is empty, for nothing at all is NULL.
/// (Libraries for CSV know no NULL.)
fn csv_text(text: &str) -> String {
    let plain =
        !text.is_empty() && text != "\\." && !text.contains(['"', ',', '\r', '\n']) && text.trim() == text;
    if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}
