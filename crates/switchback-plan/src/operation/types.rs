//! Types of columns that mean the same on both engines.

use super::field::{FromText, text_or_table};
use super::look::wrong;
use crate::ddl;
use crate::error::Result;
use crate::lex::{TokenKind, lex};
use crate::model::Dialect;
use crate::quote;
use crate::schema::Table;
use serde::Deserialize;
use serde::de::Deserializer;

/// The type of a column: a logical one, or an engine's own as `{ sqlite = "TEXT", postgres = "citext" }`.
///
/// | logical | PostgreSQL | SQLite |
/// |---|---|---|
/// | `uuid` | `uuid` | `BLOB`, 16 bytes |
/// | `text` | `text` | `TEXT` |
/// | `varchar(n)` | `varchar(n)` | `VARCHAR(n)`, at most n characters |
/// | `integer` | `integer` | `INTEGER` |
/// | `bigint` | `bigint` | `INTEGER` |
/// | `real` | `double precision` | `REAL` |
/// | `numeric(p,s)` | `numeric(p,s)` | `NUMERIC(p,s)` |
/// | `boolean` | `boolean` | `BOOLEAN`, 0 or 1 |
/// | `timestamp` | `timestamptz` | `TEXT` (ISO 8601, UTC) |
/// | `date` | `date` | `TEXT` (ISO 8601) |
/// | `json` | `jsonb` | `TEXT`, valid JSON |
/// | `bytes` | `bytea` | `BLOB` |
///
/// What is said behind a comma on SQLite is a CHECK of the column, for SQLite itself takes any value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnType {
    sqlite: Option<String>,
    postgres: Option<String>,
    logical: Option<Logical>,
}

/// The types that both engines can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Logical {
    Uuid,
    Text,
    Varchar(u32),
    Integer,
    Bigint,
    Real,
    Numeric(Option<(u32, u32)>),
    Boolean,
    Timestamp,
    Date,
    Json,
    Bytes,
}

const KNOWN: &str =
    "uuid, text, varchar(n), integer, bigint, real, numeric(p,s), boolean, timestamp, date, json, bytes";

impl Logical {
    fn parse(text: &str) -> Option<Logical> {
        let text = text.trim().to_ascii_lowercase();
        let (name, arguments) = match text.split_once('(') {
            Some((name, rest)) => (name.trim(), Some(rest.strip_suffix(')')?)),
            None => (text.as_str(), None),
        };
        let number = |text: &str| text.trim().parse::<u32>().ok();
        Some(match (name, arguments) {
            ("uuid", None) => Logical::Uuid,
            ("text", None) => Logical::Text,
            ("varchar", Some(n)) => Logical::Varchar(number(n).filter(|n| *n > 0)?),
            ("integer", None) => Logical::Integer,
            ("bigint", None) => Logical::Bigint,
            ("real", None) => Logical::Real,
            ("numeric", None) => Logical::Numeric(None),
            ("numeric", Some(arguments)) => {
                let (precision, scale) = arguments.split_once(',').unwrap_or((arguments, "0"));
                Logical::Numeric(Some((number(precision)?, number(scale)?)))
            }
            ("boolean", None) => Logical::Boolean,
            ("timestamp", None) => Logical::Timestamp,
            ("date", None) => Logical::Date,
            ("json", None) => Logical::Json,
            ("bytes", None) => Logical::Bytes,
            _ => return None,
        })
    }

    fn postgres(self) -> String {
        match self {
            Logical::Uuid => "uuid".to_owned(),
            Logical::Text => "text".to_owned(),
            Logical::Varchar(n) => format!("varchar({n})"),
            Logical::Integer => "integer".to_owned(),
            Logical::Bigint => "bigint".to_owned(),
            Logical::Real => "double precision".to_owned(),
            Logical::Numeric(None) => "numeric".to_owned(),
            Logical::Numeric(Some((p, s))) => format!("numeric({p},{s})"),
            Logical::Boolean => "boolean".to_owned(),
            Logical::Timestamp => "timestamptz".to_owned(),
            Logical::Date => "date".to_owned(),
            Logical::Json => "jsonb".to_owned(),
            Logical::Bytes => "bytea".to_owned(),
        }
    }

    fn sqlite(self) -> String {
        match self {
            Logical::Uuid | Logical::Bytes => "BLOB".to_owned(),
            Logical::Text | Logical::Timestamp | Logical::Date | Logical::Json => "TEXT".to_owned(),
            Logical::Varchar(n) => format!("VARCHAR({n})"),
            Logical::Integer | Logical::Bigint => "INTEGER".to_owned(),
            Logical::Real => "REAL".to_owned(),
            Logical::Numeric(None) => "NUMERIC".to_owned(),
            Logical::Numeric(Some((p, s))) => format!("NUMERIC({p},{s})"),
            Logical::Boolean => "BOOLEAN".to_owned(),
        }
    }

    /// In a STRICT table, which knows few names.
    fn strict(self) -> &'static str {
        match self {
            Logical::Uuid | Logical::Bytes => "BLOB",
            Logical::Text | Logical::Varchar(_) | Logical::Timestamp | Logical::Date | Logical::Json => {
                "TEXT"
            }
            Logical::Integer | Logical::Bigint | Logical::Boolean => "INTEGER",
            Logical::Real => "REAL",
            // REAL would change numbers.
            Logical::Numeric(_) => "ANY",
        }
    }

    /// What SQLite must be told to check.
    fn check(self, column: &str) -> Option<String> {
        let column = quote::ident(column);
        match self {
            Logical::Uuid => Some(format!("length({column}) = 16")),
            Logical::Varchar(n) => Some(format!("length({column}) <= {n}")),
            Logical::Boolean => Some(format!("{column} IN (0, 1)")),
            Logical::Json => Some(format!("json_valid({column})")),
            Logical::Text
            | Logical::Integer
            | Logical::Bigint
            | Logical::Real
            | Logical::Numeric(_)
            | Logical::Timestamp
            | Logical::Date
            | Logical::Bytes => None,
        }
    }
}

impl ColumnType {
    /// As that engine writes it in a table that is there.
    pub(super) fn sql_in(&self, table: &Table, dialect: Dialect) -> Result<String> {
        match (dialect, self.logical) {
            (Dialect::Sqlite, Some(logical)) if table.fact("strict").is_some() => {
                Ok(logical.strict().to_owned())
            }
            _ => self.sql(dialect),
        }
    }

    /// As that engine writes it.
    pub(super) fn sql(&self, dialect: Dialect) -> Result<String> {
        let (own, logical) = match dialect {
            Dialect::Sqlite => (&self.sqlite, self.logical.map(Logical::sqlite)),
            Dialect::Postgres => (&self.postgres, self.logical.map(Logical::postgres)),
        };
        let own = own.as_deref().map(|text| checked(text, dialect)).transpose()?;
        own.map(str::to_owned).or(logical).ok_or_else(|| {
            wrong(format!("`type` says nothing for {}", dialect.as_str())).hint(format!(
                "write one of {KNOWN}, or an engine's own as type = {{ sqlite = \"…\", postgres = \"…\" }}"
            ))
        })
    }

    /// SQLite: the condition that its values meet.
    pub(super) fn check(&self, column: &str) -> Option<String> {
        self.logical.and_then(|logical| logical.check(column))
    }

    /// SQLite: whether a condition is what a type says of its values.
    pub(super) fn is_condition(text: &str, column: &str) -> bool {
        let spelled = |text: &str| ddl::normalise(text).unwrap_or_default();
        let text = spelled(text);
        let plain = [Logical::Uuid, Logical::Boolean, Logical::Json];
        let long = text.rsplit_once("<=").and_then(|(_, n)| n.trim().parse().ok()).map(Logical::Varchar);
        plain.into_iter().chain(long).filter_map(|l| l.check(column)).any(|check| spelled(&check) == text)
    }

    /// PostgreSQL: whether its values are text, so that any other becomes one by itself.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.logical, Some(Logical::Text | Logical::Varchar(_)))
    }
}

/// An engine's own type: names, numbers and punctuation of a type, nothing else.
fn checked(text: &str, dialect: Dialect) -> Result<&str> {
    let text = text.trim();
    let mut depth = 0_i32;
    let mut fits = !text.is_empty() || dialect == Dialect::Sqlite;
    for token in lex(dialect, text) {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth -= 1,
            TokenKind::Semicolon
            | TokenKind::LineComment
            | TokenKind::BlockComment
            | TokenKind::Parameter => {
                fits = false;
            }
            _ => {}
        }
        fits &= depth >= 0 && token.terminated && (depth > 0 || token.text(text) != ",");
    }
    if fits && depth == 0 {
        Ok(text)
    } else {
        Err(wrong(format!("`{text}` is no type")).hint(format!("known types: {KNOWN}")))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Own {
    sqlite: Option<String>,
    postgres: Option<String>,
}

impl FromText for ColumnType {
    type Table = Own;
    const EXPECTED: &'static str = "a type such as \"text\", or { sqlite = \"…\", postgres = \"…\" }";

    fn from_text(text: &str) -> std::result::Result<ColumnType, String> {
        match Logical::parse(text) {
            Some(logical) => Ok(ColumnType { sqlite: None, postgres: None, logical: Some(logical) }),
            None => Err(format!(
                "`{text}` is no type of both engines; known: {KNOWN}; an engine's own is written {{ sqlite = \"…\", postgres = \"…\" }}"
            )),
        }
    }

    fn from_table(own: Own) -> ColumnType {
        ColumnType { sqlite: own.sqlite, postgres: own.postgres, logical: None }
    }
}

impl<'de> Deserialize<'de> for ColumnType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<ColumnType, D::Error> {
        text_or_table(deserializer)
    }
}
