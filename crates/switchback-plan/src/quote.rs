//! The one place where names and literals become SQL text.

use crate::model::Dialect;

/// A quoted identifier, the same in both dialects: `"weird ""name"""`.
pub fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A possibly qualified name (`audit.events`), each part quoted. A dot inside a part cannot be expressed.
pub fn qualified(name: &str) -> String {
    name.split('.').map(ident).collect::<Vec<_>>().join(".")
}

/// A text literal of PostgreSQL, safe whatever `standard_conforming_strings` says; the caller makes sure it holds no NUL
/// (neither engine can store one in text).
pub fn literal(text: &str) -> String {
    if text.contains('\\') {
        format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// A text literal of that dialect.
pub fn literal_of(dialect: Dialect, text: &str) -> String {
    match dialect {
        Dialect::Sqlite => sqlite_literal(text),
        Dialect::Postgres => literal(text),
    }
}

/// A text literal of SQLite, which knows no escapes: a backslash is a backslash.
pub fn sqlite_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
