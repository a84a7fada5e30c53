//! Parameters as literals, for our own records: the simple protocol, which alone puts them and COMMIT into one message,
//! binds nothing.

use super::super::Bound;
use crate::value::Value;
use switchback_plan::quote::literal;
use switchback_plan::{Error, ErrorKind, Result};

/// The statement with each `$n` replaced, but not in quoted names. Our own statements hold no string that contains a `$`.
pub(super) fn render(bound: &Bound) -> Result<String> {
    let mut out = String::with_capacity(bound.sql.len() + 64);
    let mut rest = &*bound.sql;
    let mut quoted = false;
    while let Some(i) = rest.find(['$', '"']) {
        out.push_str(&rest[..i]);
        let tail = &rest[i + 1..];
        let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
        let number: Option<usize> =
            tail[..digits].parse().ok().filter(|_| rest[i..].starts_with('$') && !quoted);
        match number.and_then(|n| n.checked_sub(1)).and_then(|n| bound.parameters.get(n)) {
            Some(value) => {
                out.push_str(&render_value(value)?);
                rest = &tail[digits..];
            }
            None => {
                quoted ^= rest[i..].starts_with('"');
                out.push_str(&rest[i..=i]);
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn render_value(value: &Value) -> Result<String> {
    match value {
        Value::Null => Ok("NULL".to_owned()),
        Value::Int(v) => Ok(v.to_string()),
        Value::Bool(v) => Ok(v.to_string()),
        // PostgreSQL stores no NUL; it can only stand in an error's text.
        Value::Text(v) => Ok(literal(&v.replace('\0', "\u{fffd}"))),
        Value::Float(_)
        | Value::Decimal(_)
        | Value::Bytes(_)
        | Value::Uuid(_)
        | Value::Timestamp(_)
        | Value::Json(_) => {
            Err(Error::new(ErrorKind::Unsupported, format!("a record holds no {}", value.kind())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_dollar_stays_a_name() {
        let bound = Bound::new("UPDATE \"a$1\"\"$1\".\"t\" SET v = $1", vec![Value::Int(7)]);
        assert_eq!(render(&bound).unwrap(), "UPDATE \"a$1\"\"$1\".\"t\" SET v = 7");
    }

    #[test]
    fn hostile_text_stays_one_literal() {
        let bound = Bound::new(
            "INSERT INTO t VALUES ($1, $2, $3)",
            vec!["it's; DROP TABLE t; -- $2 \\".into(), Value::Int(-7), Value::Null],
        );
        assert_eq!(
            render(&bound).unwrap(),
            "INSERT INTO t VALUES (E'it''s; DROP TABLE t; -- $2 \\\\', -7, NULL)"
        );
    }
}
