//! Kinds of values that several operations have.

use crate::error::{Error, ErrorKind, Result};
use crate::lex::{TokenKind, lex};
use crate::model::Dialect;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// A text for each engine: one string for both, or `{ sqlite = "…", postgres = "…" }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PerEngine {
    /// For SQLite.
    pub sqlite: Option<String>,
    /// For PostgreSQL.
    pub postgres: Option<String>,
}

/// An expression of SQL, such as `lower(email)` or `'new'`.
pub type Expression = PerEngine;

impl PerEngine {
    /// The text for that engine.
    pub fn get(&self, dialect: Dialect) -> Option<&str> {
        match dialect {
            Dialect::Sqlite => self.sqlite.as_deref(),
            Dialect::Postgres => self.postgres.as_deref(),
        }
    }

    /// The text for that engine, which must be there.
    pub(super) fn need(&self, field: &str, dialect: Dialect) -> Result<&str> {
        self.get(dialect).ok_or_else(|| {
            Error::new(ErrorKind::Source, format!("`{field}` says nothing for {}", dialect.as_str()))
                .hint(format!("write {field} = {{ sqlite = \"…\", postgres = \"…\" }}"))
        })
    }

    /// The expression for that engine: one, whole, and in balance, so that it stays inside of what is around it.
    pub(super) fn expression(&self, field: &str, dialect: Dialect) -> Result<&str> {
        let text = self.need(field, dialect)?.trim();
        let wrong = |what: &str| {
            Err(Error::new(ErrorKind::Source, format!("`{field}` {what}: {text}"))
                .hint("write one expression of SQL; a string has single quotes: \"'new'\""))
        };
        let tokens = lex(dialect, text);
        let mut depth = 0_usize;
        for token in &tokens {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close if depth == 0 => return wrong("closes a parenthesis that it did not open"),
                TokenKind::Close => depth -= 1,
                TokenKind::Semicolon => return wrong("is more than one expression"),
                TokenKind::LineComment => return wrong("holds a comment"),
                _ if !token.terminated => return wrong("holds a quote that is not closed"),
                _ => {}
            }
        }
        if depth > 0 {
            return wrong("opens a parenthesis that it does not close");
        }
        if tokens.iter().all(|t| t.is_gap()) {
            return wrong("is empty");
        }
        Ok(text)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Each {
    sqlite: Option<String>,
    postgres: Option<String>,
}

impl FromText for PerEngine {
    type Table = Each;
    const EXPECTED: &'static str = "a string, or { sqlite = \"…\", postgres = \"…\" }";

    fn from_text(text: &str) -> std::result::Result<PerEngine, String> {
        Ok(PerEngine { sqlite: Some(text.to_owned()), postgres: Some(text.to_owned()) })
    }

    fn from_table(table: Each) -> PerEngine {
        PerEngine { sqlite: table.sqlite, postgres: table.postgres }
    }

    /// `default = 5`, `default = true`: SQLite's booleans are numbers.
    fn from_literal(text: &str) -> Option<PerEngine> {
        let sqlite = match text {
            "true" => "1",
            "false" => "0",
            number => number,
        };
        Some(PerEngine { sqlite: Some(sqlite.to_owned()), postgres: Some(text.to_owned()) })
    }
}

impl<'de> Deserialize<'de> for PerEngine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<PerEngine, D::Error> {
        text_or_table(deserializer)
    }
}

/// What is written as a string where that is enough, else as a table.
pub(super) trait FromText: Sized {
    type Table: for<'de> Deserialize<'de>;
    const EXPECTED: &'static str;

    fn from_text(text: &str) -> std::result::Result<Self, String>;
    fn from_table(table: Self::Table) -> Self;

    /// A number, true or false, as TOML writes it.
    fn from_literal(_text: &str) -> Option<Self> {
        None
    }
}

/// Reads a string or a table.
pub(super) fn text_or_table<'de, T: FromText, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<T, D::Error> {
    struct Either<T>(PhantomData<T>);

    impl<T: FromText> Either<T> {
        fn literal<E: serde::de::Error>(self, text: &str) -> std::result::Result<T, E> {
            T::from_literal(text)
                .ok_or_else(|| E::custom(format!("`{text}` is not expected here, but {}", T::EXPECTED)))
        }
    }

    impl<'de, T: FromText> Visitor<'de> for Either<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(T::EXPECTED)
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<T, E> {
            T::from_text(text).map_err(E::custom)
        }

        fn visit_bool<E: serde::de::Error>(self, value: bool) -> std::result::Result<T, E> {
            self.literal(&value.to_string())
        }

        fn visit_i64<E: serde::de::Error>(self, value: i64) -> std::result::Result<T, E> {
            self.literal(&value.to_string())
        }

        fn visit_f64<E: serde::de::Error>(self, value: f64) -> std::result::Result<T, E> {
            self.literal(&format!("{value:?}"))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<T, A::Error> {
            T::Table::deserialize(MapAccessDeserializer::new(map)).map(T::from_table)
        }
    }

    deserializer.deserialize_any(Either(PhantomData))
}
