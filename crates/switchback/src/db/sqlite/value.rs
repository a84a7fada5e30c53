//! Values in and out of SQLite.

use crate::value::{Value, format_timestamp};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use switchback_plan::{Error, ErrorKind, Result};

/// Binds one of our values.
pub(super) struct Bind<'a>(pub &'a Value);

impl ToSql for Bind<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Bool(v) => ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*v))),
            Value::Int(v) => ToSqlOutput::Borrowed(ValueRef::Integer(*v)),
            Value::Float(v) => ToSqlOutput::Borrowed(ValueRef::Real(*v)),
            Value::Decimal(v) | Value::Text(v) | Value::Json(v) => {
                ToSqlOutput::Borrowed(ValueRef::Text(v.as_bytes()))
            }
            Value::Bytes(v) => ToSqlOutput::Borrowed(ValueRef::Blob(v)),
            Value::Uuid(v) => ToSqlOutput::Borrowed(ValueRef::Blob(v.as_bytes())),
            Value::Timestamp(v) => ToSqlOutput::Owned(rusqlite::types::Value::Text(format_timestamp(*v))),
        })
    }
}

/// Binds `$1`, `?1` by number and bare `?` by place. (SQLite itself numbers `$2 … $1` by first appearance.)
pub(super) fn bind(statement: &mut rusqlite::Statement<'_>, parameters: &[Value], sql: &str) -> Result<()> {
    let wrong =
        |what: String| Error::new(ErrorKind::Database, what).hint("number parameters $1, $2, … from 1");
    for index in 1..=statement.parameter_count() {
        let number = match statement.parameter_name(index) {
            None => index,
            Some(name) => {
                name[1..].parse().map_err(|_| wrong(format!("parameter {name} has no number in: {sql}")))?
            }
        };
        let value = number.checked_sub(1).and_then(|i: usize| parameters.get(i)).ok_or_else(|| {
            wrong(format!("parameter {number} is not given ({} are) in: {sql}", parameters.len()))
        })?;
        statement.raw_bind_parameter(index, Bind(value)).map_err(|e| super::error(&e))?;
    }
    Ok(())
}

/// Reads a stored value by its storage class.
pub(super) fn read(value: ValueRef<'_>) -> Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(v) => Value::Int(v),
        ValueRef::Real(v) => Value::Float(v),
        ValueRef::Blob(v) => Value::Bytes(v.to_vec()),
        ValueRef::Text(v) => Value::Text(
            std::str::from_utf8(v)
                .map_err(|_| {
                    Error::new(ErrorKind::Database, "a text value in the database is not valid UTF-8")
                        .hint("read it as CAST(… AS BLOB), and decide what it should be")
                })?
                .to_owned(),
        ),
    })
}
