//! Values in and out of PostgreSQL. Parameters go as text, which every type of the server can read; results come in
//! the binary form, type by type.

use crate::value::{Value, format_timestamp, hex};
use postgres::Row;
use postgres::types::private::BytesMut;
use postgres::types::{Format, FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};
use switchback_plan::{Error, ErrorKind, Result};

type BoxError = Box<dyn std::error::Error + Sync + Send>;

/// Binds one of our values.
#[derive(Debug)]
pub(super) struct Bind<'a>(pub &'a Value);

impl ToSql for Bind<'_> {
    fn to_sql(&self, _ty: &Type, out: &mut BytesMut) -> std::result::Result<IsNull, BoxError> {
        match text(self.0) {
            None => Ok(IsNull::Yes),
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
        }
    }

    fn accepts(_ty: &Type) -> bool {
        true
    }

    fn encode_format(&self, _ty: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

/// The server's textual form of a value; `None` for NULL.
pub(super) fn text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(v) => if *v { "t" } else { "f" }.to_owned(),
        Value::Int(v) => v.to_string(),
        Value::Float(v) if v.is_nan() => "NaN".to_owned(),
        Value::Float(v) if v.is_infinite() => if *v > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
        Value::Float(v) => v.to_string(),
        Value::Decimal(v) | Value::Text(v) | Value::Json(v) => v.clone(),
        Value::Bytes(v) => format!("\\x{}", hex(v)),
        Value::Uuid(v) => v.to_string(),
        Value::Timestamp(v) => format_timestamp(*v),
    })
}

/// The bytes of a value and its type, as the server sent them.
struct Raw<'a> {
    ty: Type,
    bytes: Option<&'a [u8]>,
}

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> std::result::Result<Raw<'a>, BoxError> {
        Ok(Raw { ty: ty.clone(), bytes: Some(raw) })
    }

    fn from_sql_null(ty: &Type) -> std::result::Result<Raw<'a>, BoxError> {
        Ok(Raw { ty: ty.clone(), bytes: None })
    }

    fn accepts(_ty: &Type) -> bool {
        true
    }
}

/// Reads a column of a row.
pub(super) fn read(row: &Row, index: usize) -> Result<Value> {
    let name = row.columns().get(index).map_or("", |c| c.name());
    let wrong = |why: String| Error::new(ErrorKind::Database, format!("column {name} of the result: {why}"));
    let raw: Raw<'_> = row.try_get(index).map_err(|e| wrong(e.to_string()))?;
    let Some(bytes) = raw.bytes else { return Ok(Value::Null) };
    decode(&raw.ty, bytes).map_err(|e| wrong(e.to_string()))?.ok_or_else(|| {
        wrong(format!("type {} cannot be read as it is", raw.ty.name()))
            .hint(format!("read it as text: {name}::text"))
    })
}

fn decode(ty: &Type, raw: &[u8]) -> std::result::Result<Option<Value>, BoxError> {
    match ty.kind() {
        Kind::Domain(inner) => return decode(inner, raw),
        Kind::Enum(_) => return Ok(Some(Value::Text(String::from_sql(&Type::TEXT, raw)?))),
        _ => {}
    }
    let value = match *ty {
        Type::BOOL => Value::Bool(bool::from_sql(ty, raw)?),
        Type::INT2 => Value::Int(i16::from_sql(ty, raw)?.into()),
        Type::INT4 => Value::Int(i32::from_sql(ty, raw)?.into()),
        Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
        Type::OID => Value::Int(u32::from_sql(ty, raw)?.into()),
        Type::FLOAT4 => Value::Float(f32::from_sql(ty, raw)?.into()),
        Type::FLOAT8 => Value::Float(f64::from_sql(ty, raw)?),
        Type::NUMERIC => Value::Decimal(numeric(raw).ok_or("a numeric value that cannot be read")?),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => {
            Value::Text(String::from_sql(&Type::TEXT, raw)?)
        }
        Type::CHAR => Value::Text(char::from(raw.first().copied().unwrap_or_default()).to_string()),
        Type::BYTEA => Value::Bytes(raw.to_vec()),
        Type::UUID => Value::Uuid(uuid::Uuid::from_sql(ty, raw)?),
        Type::TIMESTAMPTZ => Value::Timestamp(time::OffsetDateTime::from_sql(ty, raw)?),
        Type::TIMESTAMP => Value::Timestamp(time::PrimitiveDateTime::from_sql(ty, raw)?.assume_utc()),
        Type::DATE => Value::Text(time::Date::from_sql(ty, raw)?.to_string()),
        Type::TIME => Value::Text(time::Time::from_sql(ty, raw)?.to_string()),
        Type::JSON => Value::Json(String::from_sql(&Type::TEXT, raw)?),
        // The binary form of jsonb is a version byte and the text.
        Type::JSONB => Value::Json(String::from_sql(&Type::TEXT, raw.get(1..).unwrap_or_default())?),
        Type::VOID => Value::Null,
        _ => return Ok(None),
    };
    Ok(Some(value))
}

/// The text of a binary numeric: groups of four decimal digits with a weight and a display scale
/// (`numeric_send` in the server's `numeric.c`).
fn numeric(raw: &[u8]) -> Option<String> {
    let word = |i: usize| Some(i16::from_be_bytes(raw.get(i * 2..i * 2 + 2)?.try_into().ok()?));
    let groups = usize::try_from(word(0)?).ok()?;
    let weight = i32::from(word(1)?);
    let sign = word(2)?.cast_unsigned();
    let scale = usize::try_from(word(3)?).ok()?;
    match sign {
        0xC000 => return Some("NaN".to_owned()),
        0xD000 => return Some("Infinity".to_owned()),
        0xF000 => return Some("-Infinity".to_owned()),
        _ => {}
    }
    let group = |i: i32| -> Option<i16> {
        match usize::try_from(i) {
            Ok(i) if i < groups => word(4 + i),
            _ => Some(0),
        }
    };
    let mut out = String::new();
    if sign == 0x4000 {
        out.push('-');
    }
    let mut whole = String::new();
    for i in 0..=weight.max(0) {
        whole.push_str(&format!("{:04}", group(if weight < 0 { -1 } else { i })?));
    }
    let trimmed = whole.trim_start_matches('0');
    out.push_str(if trimmed.is_empty() { "0" } else { trimmed });
    if scale > 0 {
        let mut fraction = String::new();
        let mut i = weight + 1;
        while fraction.len() < scale {
            fraction.push_str(&format!("{:04}", group(i)?));
            i += 1;
        }
        out.push('.');
        out.push_str(&fraction[..scale]);
    }
    Some(out)
}
