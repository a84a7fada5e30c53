//! Functions that convert keys: UUIDs in text and in 16 bytes.
//!
//! Strict, so that nothing is converted that could not come back; deterministic, so that SQLite calls them once for a
//! value that it knows. They exist on our connections alone: no schema may depend on them.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Error, Result};
use switchback_plan::operation::convert_key::spelling::{self, Spelling};

/// Registers them.
pub(crate) fn register(conn: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("switchback_uuid_blob", 1, flags, blob)?;
    conn.create_scalar_function("switchback_uuid_text", 1, flags, text)?;
    conn.create_scalar_function("switchback_uuid_read", 1, flags, read)?;
    conn.create_scalar_function("switchback_uuid_spelling", 1, flags, kind)
}

/// The 16 bytes of a canonical text; 16 bytes stay as they are.
fn blob(ctx: &Context<'_>) -> Result<ToSqlOutput<'static>> {
    match ctx.get_raw(0) {
        ValueRef::Null => Ok(null()),
        ValueRef::Blob(bytes) if bytes.len() == 16 => Ok(bytes_of(bytes)),
        ValueRef::Text(text) => match spelling::canonical(text) {
            Some(bytes) => Ok(bytes_of(&bytes)),
            None => Err(wrong("not a canonical lower-case UUID", ctx.get_raw(0))),
        },
        other => Err(wrong("not a canonical lower-case UUID", other)),
    }
}

/// The canonical text of 16 bytes; canonical text stays as it is.
fn text(ctx: &Context<'_>) -> Result<ToSqlOutput<'static>> {
    match ctx.get_raw(0) {
        ValueRef::Null => Ok(null()),
        ValueRef::Blob(bytes) => match <[u8; 16]>::try_from(bytes) {
            Ok(bytes) => Ok(text_of(spelling::text(&bytes))),
            Err(_) => Err(wrong("not 16 bytes", ctx.get_raw(0))),
        },
        ValueRef::Text(text) => match spelling::canonical(text) {
            Some(bytes) => Ok(text_of(spelling::text(&bytes))),
            None => Err(wrong("not a canonical lower-case UUID", ctx.get_raw(0))),
        },
        other => Err(wrong("not 16 bytes", other)),
    }
}

/// The 16 bytes of any spelling: upper-case, braces, no hyphens, blanks around.
fn read(ctx: &Context<'_>) -> Result<ToSqlOutput<'static>> {
    match ctx.get_raw(0) {
        ValueRef::Null => Ok(null()),
        ValueRef::Blob(bytes) if bytes.len() == 16 => Ok(bytes_of(bytes)),
        ValueRef::Text(text) => match spelling::read(text) {
            Some((bytes, _)) => Ok(bytes_of(&bytes)),
            None => Err(wrong("not a UUID", ctx.get_raw(0))),
        },
        other => Err(wrong("not a UUID", other)),
    }
}

/// How a value is spelled: `native`, `canonical`, `upper-case`, …, `invalid`; NULL for NULL.
fn kind(ctx: &Context<'_>) -> Result<ToSqlOutput<'static>> {
    Ok(match ctx.get_raw(0) {
        ValueRef::Null => null(),
        ValueRef::Blob(bytes) if bytes.len() == 16 => text_of("native".to_owned()),
        ValueRef::Text(text) => {
            text_of(spelling::read(text).map_or(Spelling::Invalid, |(_, s)| s).as_str().to_owned())
        }
        ValueRef::Blob(_) | ValueRef::Integer(_) | ValueRef::Real(_) => {
            text_of(Spelling::Invalid.as_str().to_owned())
        }
    })
}

fn null() -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(Value::Null)
}

fn bytes_of(bytes: &[u8]) -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(Value::Blob(bytes.to_vec()))
}

fn text_of(text: String) -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(Value::Text(text))
}

fn wrong(what: &str, value: ValueRef<'_>) -> Error {
    let said = match value {
        ValueRef::Text(text) => {
            format!("'{}'", String::from_utf8_lossy(text).chars().take(80).collect::<String>())
        }
        ValueRef::Blob(bytes) => format!("a BLOB of {} bytes", bytes.len()),
        ValueRef::Integer(n) => n.to_string(),
        ValueRef::Real(n) => n.to_string(),
        ValueRef::Null => "NULL".to_owned(),
    };
    Error::UserFunctionError(format!("{what}: {said}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(sql: &str) -> std::result::Result<Value, String> {
        let conn = Connection::open_in_memory().unwrap();
        register(&conn).unwrap();
        conn.query_row(&format!("SELECT {sql}"), [], |row| row.get(0)).map_err(|e| e.to_string())
    }

    const TEXT: &str = "'0123abcd-4567-89ab-cdef-000000000001'";

    #[test]
    fn canonical_text_goes_to_bytes_and_back() {
        let there_and_back = format!("switchback_uuid_text(switchback_uuid_blob({TEXT})) = {TEXT}");
        assert_eq!(ask(&there_and_back), Ok(Value::Integer(1)));
        assert_eq!(ask(&format!("length(switchback_uuid_blob({TEXT}))")), Ok(Value::Integer(16)));
        assert_eq!(ask("switchback_uuid_blob(NULL) IS NULL"), Ok(Value::Integer(1)));
        assert_eq!(ask("switchback_uuid_text(NULL) IS NULL"), Ok(Value::Integer(1)));
    }

    #[test]
    fn nothing_else_is_converted() {
        for odd in ["''", "'x'", "1", "x'00'", "upper('0123abcd-4567-89ab-cdef-000000000001')"] {
            assert!(ask(&format!("switchback_uuid_blob({odd})")).is_err(), "{odd}");
        }
        assert_eq!(
            ask("switchback_uuid_blob('{0123ABCD}')"),
            Err("not a canonical lower-case UUID: '{0123ABCD}'".to_owned())
        );
        assert!(ask("switchback_uuid_text(x'0011')").is_err());
    }
}
