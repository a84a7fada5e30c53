//! Many rows at once: COPY in and out, an UPDATE from arrays for changes by key.

use super::super::wrong_length;
use super::Postgres;
use super::error::{error, if_interrupted, in_statement};
use super::value::text;
use crate::value::Value;
use postgres::Client;
use std::io::{self, Read, Write};
use switchback_plan::quote::{ident, qualified};
use switchback_plan::{Error, ErrorKind, Result};

/// Rows that one UPDATE takes: enough to forget the round trip, few enough to bound memory.
const UPDATE_ROWS: usize = 5_000;

impl Postgres {
    /// Passes on what a `COPY … TO STDOUT` sends.
    pub fn copy_out(&mut self, sql: &str, to: &mut dyn Write) -> Result<()> {
        let interrupt = self.interrupt.clone();
        let mut from =
            self.client().and_then(|c| c.copy_out(sql)).map_err(|e| in_statement(&e, sql, &interrupt))?;
        pass(&mut from, to, sql)
    }

    /// Sends what a `COPY … FROM STDIN` asks for.
    pub fn copy_in(&mut self, sql: &str, from: &mut dyn Read) -> Result<()> {
        let interrupt = self.interrupt.clone();
        let mut to =
            self.client().and_then(|c| c.copy_in(sql)).map_err(|e| in_statement(&e, sql, &interrupt))?;
        pass(from, &mut to, sql)?;
        to.finish().map(drop).map_err(|e| in_statement(&e, sql, &interrupt))
    }

    pub fn bulk_insert(
        &mut self,
        table: &str,
        columns: &[&str],
        rows: &mut dyn Iterator<Item = Vec<Value>>,
    ) -> Result<u64> {
        let flag = self.interrupt.clone();
        let interrupted = move |e| if_interrupted(e, &flag);
        let client = self.client().map_err(|e| interrupted(error(&e)))?;
        insert(client, &interrupted, table, columns, rows)
    }

    pub fn bulk_update(
        &mut self,
        table: &str,
        key: &str,
        columns: &[&str],
        rows: &mut dyn Iterator<Item = Vec<Value>>,
    ) -> Result<u64> {
        update_by_key(self, table, key, columns, rows)
    }
}

fn pass(from: &mut dyn Read, to: &mut dyn Write, sql: &str) -> Result<()> {
    io::copy(from, to).map(drop).map_err(|e| Error::new(ErrorKind::Database, format!("{sql}: {e}")))
}

/// COPY in the text format.
fn insert(
    client: &mut Client,
    interrupted: &dyn Fn(Error) -> Error,
    table: &str,
    columns: &[&str],
    rows: &mut dyn Iterator<Item = Vec<Value>>,
) -> Result<u64> {
    let names: Vec<String> = columns.iter().map(|c| ident(c)).collect();
    let sql = format!("COPY {} ({}) FROM STDIN", qualified(table), names.join(", "));
    let mut writer = client.copy_in(sql.as_str()).map_err(|e| interrupted(error(&e)))?;
    let mut line = String::new();
    for row in rows {
        if row.len() != columns.len() {
            return Err(wrong_length(table, columns.len(), row.len()));
        }
        line.clear();
        for (i, value) in row.iter().enumerate() {
            if i > 0 {
                line.push('\t');
            }
            match text(value) {
                None => line.push_str("\\N"),
                Some(text) => escape_copy(&text, &mut line),
            }
        }
        line.push('\n');
        writer.write_all(line.as_bytes()).map_err(|e| interrupted(copy_error(e, table)))?;
    }
    writer.finish().map_err(|e| interrupted(error(&e)))
}

fn copy_error(e: io::Error, table: &str) -> Error {
    match e.get_ref().and_then(|inner| inner.downcast_ref::<postgres::Error>()) {
        Some(inner) => error(inner),
        None => Error::new(ErrorKind::Database, format!("COPY into {table} failed: {e}")),
    }
}

fn escape_copy(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
}

/// `UPDATE … FROM unnest($1::k[], $2::a[], …)`, in pieces. The arrays' types are the columns' own.
fn update_by_key(
    db: &mut Postgres,
    table: &str,
    key: &str,
    columns: &[&str],
    rows: &mut dyn Iterator<Item = Vec<Value>>,
) -> Result<u64> {
    let all: Vec<&str> = std::iter::once(key).chain(columns.iter().copied()).collect();
    let types = all.iter().map(|c| column_type(db, table, c)).collect::<Result<Vec<String>>>()?;
    let arrays: Vec<String> = types.iter().enumerate().map(|(i, ty)| format!("${}::{ty}[]", i + 1)).collect();
    let names: Vec<String> = (0..all.len()).map(|i| format!("c{i}")).collect();
    let sets: Vec<String> =
        columns.iter().enumerate().map(|(i, c)| format!("{} = s.c{}", ident(c), i + 1)).collect();
    let sql = format!(
        "UPDATE {} AS t SET {} FROM unnest({}) AS s({}) WHERE t.{} = s.c0",
        qualified(table),
        sets.join(", "),
        arrays.join(", "),
        names.join(", "),
        ident(key)
    );
    let mut written = 0;
    loop {
        let mut literals = vec![String::from("{"); all.len()];
        let mut taken = 0;
        for row in (&mut *rows).take(UPDATE_ROWS) {
            if row.len() != all.len() {
                return Err(wrong_length(table, all.len(), row.len()));
            }
            for (literal, value) in literals.iter_mut().zip(&row) {
                if taken > 0 {
                    literal.push(',');
                }
                array_element(value, literal);
            }
            taken += 1;
        }
        if taken == 0 {
            return Ok(written);
        }
        let parameters: Vec<Value> = literals.into_iter().map(|l| Value::Text(l + "}")).collect();
        written += db.execute(&sql, &parameters)?;
        if taken < UPDATE_ROWS {
            return Ok(written);
        }
    }
}

fn array_element(value: &Value, out: &mut String) {
    match text(value) {
        None => out.push_str("NULL"),
        Some(text) => {
            out.push('"');
            for c in text.chars() {
                if matches!(c, '"' | '\\') {
                    out.push('\\');
                }
                out.push(c);
            }
            out.push('"');
        }
    }
}

fn column_type(db: &mut Postgres, table: &str, column: &str) -> Result<String> {
    let rows = db.query_own(
        "SELECT format_type(a.atttypid, NULL) FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = to_regclass($1) AND a.attname = $2 AND NOT a.attisdropped",
        &[qualified(table).into(), column.into()],
    )?;
    match rows.first() {
        Some(row) => row.at(0),
        None => Err(Error::new(ErrorKind::Database, format!("there is no column {table}.{column}"))),
    }
}
