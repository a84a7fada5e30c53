//! One type of value for both engines.

use serde::Serialize;
use switchback_plan::{Error, ErrorKind, Result};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

/// A value that is bound to a statement or read from a row.
///
/// | value | PostgreSQL | SQLite |
/// |---|---|---|
/// | `Bool` | boolean | 0 or 1 |
/// | `Int` | smallint, integer, bigint, also numeric and text parameters | INTEGER |
/// | `Float` | real, double precision | REAL |
/// | `Decimal` | numeric, as text, no digit lost | TEXT |
/// | `Bytes` | bytea | BLOB |
/// | `Uuid` | uuid | BLOB of 16 bytes |
/// | `Timestamp` | timestamptz, timestamp (UTC) | TEXT, ISO 8601 in UTC |
/// | `Json` | json, jsonb, as text, nothing re-rendered by us | TEXT |
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL of any type.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A binary floating-point number.
    Float(f64),
    /// A decimal number in its textual form, such as `-12.3400`.
    Decimal(String),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A UUID.
    Uuid(Uuid),
    /// A moment.
    Timestamp(OffsetDateTime),
    /// JSON text.
    Json(String),
}

impl Value {
    /// The name of its kind, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Decimal(_) => "decimal",
            Value::Text(_) => "text",
            Value::Bytes(_) => "bytes",
            Value::Uuid(_) => "uuid",
            Value::Timestamp(_) => "timestamp",
            Value::Json(_) => "json",
        }
    }

    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

/// A moment as both engines and JSON write it: ISO 8601, UTC, microseconds only where there are any.
pub(crate) fn format_timestamp(at: OffsetDateTime) -> String {
    let utc = at.to_offset(time::UtcOffset::UTC);
    let micros = utc.microsecond();
    let whole = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        utc.year(),
        u8::from(utc.month()),
        utc.day(),
        utc.hour(),
        utc.minute(),
        utc.second()
    );
    if micros == 0 { format!("{whole}Z") } else { format!("{whole}.{micros:06}Z") }
}

/// Reads the forms in which SQLite databases keep moments: RFC 3339, or `YYYY-MM-DD HH:MM:SS[.f]` in UTC.
pub(crate) fn parse_timestamp(text: &str) -> Option<OffsetDateTime> {
    if let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) {
        return Some(at);
    }
    let iso = text.replacen(' ', "T", 1);
    OffsetDateTime::parse(&format!("{iso}Z"), &Rfc3339).ok()
}

macro_rules! from {
    ($($from:ty => $make:expr),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(v: $from) -> Value { ($make)(v) }
        }
    )*};
}
from! {
    bool => Value::Bool,
    i16 => |v| Value::Int(i64::from(v)),
    i32 => |v| Value::Int(i64::from(v)),
    u32 => |v| Value::Int(i64::from(v)),
    i64 => Value::Int,
    f64 => Value::Float,
    String => Value::Text,
    &str => |v: &str| Value::Text(v.to_owned()),
    Vec<u8> => Value::Bytes,
    &[u8] => |v: &[u8]| Value::Bytes(v.to_vec()),
    Uuid => Value::Uuid,
    OffsetDateTime => Value::Timestamp,
    serde_json::Value => |v: serde_json::Value| Value::Json(v.to_string()),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Value {
        v.map_or(Value::Null, Into::into)
    }
}

/// One row of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub(crate) columns: std::rc::Rc<[String]>,
    pub(crate) values: Vec<Value>,
}

impl Row {
    /// The names of the columns, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The values, in order.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The value of a column by its name.
    ///
    /// # Errors
    /// When there is no such column, or its value does not convert (the message says which and why).
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T> {
        let index = self.columns.iter().position(|c| c == column).ok_or_else(|| {
            Error::new(
                ErrorKind::Database,
                format!("the result has no column {column}; it has {}", self.columns.join(", ")),
            )
        })?;
        self.at(index)
    }

    /// The value of a column by its place, from 0.
    ///
    /// # Errors
    /// When there is no such column, or its value does not convert.
    pub fn at<T: FromValue>(&self, index: usize) -> Result<T> {
        let value = self.values.get(index).ok_or_else(|| {
            Error::new(
                ErrorKind::Database,
                format!("the result has {} columns, none of number {index}", self.values.len()),
            )
        })?;
        T::from_value(value).ok_or_else(|| {
            let column = self.columns.get(index).map_or("", String::as_str);
            Error::new(
                ErrorKind::Database,
                format!("column {column} holds {}, which is no {}", value.kind(), T::NAME),
            )
        })
    }
}

/// What a value can be read as.
pub trait FromValue: Sized {
    /// The name of the type, for messages.
    const NAME: &'static str;
    /// `None` where the value is of another kind.
    fn from_value(value: &Value) -> Option<Self>;
}

macro_rules! from_value {
    ($($to:ty, $name:literal, $value:pat => $made:expr);* $(;)?) => {$(
        impl FromValue for $to {
            const NAME: &'static str = $name;
            #[allow(clippy::redundant_closure_call)]
            fn from_value(value: &Value) -> Option<$to> {
                #[allow(unreachable_patterns)]
                match value { $value => $made, _ => None }
            }
        }
    )*};
}
from_value! {
    Value, "value", v => Some(v.clone());
    i64, "integer", Value::Int(v) => Some(*v);
    f64, "float", v => match v { Value::Float(f) => Some(*f), Value::Int(i) => Some(*i as f64), Value::Decimal(d) => d.parse().ok(), _ => None };
    bool, "bool", v => match v { Value::Bool(b) => Some(*b), Value::Int(i @ (0 | 1)) => Some(*i == 1), _ => None };
    String, "text", v => match v { Value::Text(t) | Value::Json(t) | Value::Decimal(t) => Some(t.clone()), _ => None };
    Vec<u8>, "bytes", v => match v { Value::Bytes(b) => Some(b.clone()), _ => None };
    Uuid, "uuid", v => match v {
        Value::Uuid(u) => Some(*u),
        Value::Text(t) => Uuid::parse_str(t).ok(),
        Value::Bytes(b) => Uuid::from_slice(b).ok(),
        _ => None,
    };
    OffsetDateTime, "timestamp", v => match v { Value::Timestamp(t) => Some(*t), Value::Text(t) => parse_timestamp(t), _ => None };
    serde_json::Value, "json", v => match v { Value::Json(t) | Value::Text(t) => serde_json::from_str(t).ok(), _ => None };
}

impl<T: FromValue> FromValue for Option<T> {
    const NAME: &'static str = T::NAME;
    fn from_value(value: &Value) -> Option<Option<T>> {
        match value {
            Value::Null => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}

impl Serialize for Value {
    /// As JSON people would expect; bytes as hexadecimal text.
    fn serialize<S: serde::Serializer>(&self, s: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Value::Null => s.serialize_unit(),
            Value::Bool(v) => s.serialize_bool(*v),
            Value::Int(v) => s.serialize_i64(*v),
            Value::Float(v) => s.serialize_f64(*v),
            Value::Decimal(v) | Value::Text(v) => s.serialize_str(v),
            Value::Json(v) => match serde_json::from_str::<serde_json::Value>(v) {
                Ok(json) => json.serialize(s),
                Err(_) => s.serialize_str(v),
            },
            Value::Bytes(v) => s.serialize_str(&hex(v)),
            Value::Uuid(v) => s.collect_str(v),
            Value::Timestamp(v) => s.serialize_str(&format_timestamp(*v)),
        }
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]])
        .map(char::from)
        .collect()
}
