//! The text of a compiled file.

use super::{Part, join};
use crate::lex::{TokenKind, lex};
use crate::model::{Dialect, Direction, Mode};
use std::fmt::Write as _;

/// How a compiled file begins.
pub const MARK: &str = "-- switchback: compiled from migration.toml";

/// The first line of a compiled file.
pub fn header(version: &str) -> String {
    format!("{MARK} by switchback {version}; change that, then run `switchback seal`")
}

/// A side of a migration as the text of its file, from what [`join`](super::join()) made.
///
/// The text parses into the same steps again.
pub fn render(dialect: Dialect, direction: Direction, parts: &[Part], header: &str) -> String {
    let mut text = String::new();
    for line in header.lines() {
        if !line.starts_with("--") {
            text.push_str("-- ");
        }
        text.push_str(line);
        text.push('\n');
    }
    let steps = !matches!(parts, [] | [Part { mode: Mode::Transaction, .. }])
        || parts.iter().any(|p| p.step != join::WHOLE);
    if !steps {
        text.push('\n');
    }
    if parts.is_empty() {
        text.push_str(&nothing(direction));
    }
    for part in parts {
        if steps {
            text.push('\n');
            text.push_str(&directive(part));
            text.push('\n');
        }
        if part.foreign_keys_off {
            text.push_str("PRAGMA foreign_keys = OFF;\n");
        }
        if part.statements.is_empty() {
            text.push_str(&nothing(direction));
        }
        for (at, statement) in part.statements.iter().enumerate() {
            // What has lines of its own stands apart.
            if at > 0 && (statement.contains('\n') || part.statements[at - 1].contains('\n')) {
                text.push('\n');
            }
            text.push_str(&ended(dialect, statement));
            text.push('\n');
        }
    }
    text
}

fn nothing(direction: Direction) -> String {
    format!("-- Nothing to do on the way {}.\n", direction.as_str())
}

fn directive(part: &Part) -> String {
    let mut line = format!("-- switchback: step {}", part.step);
    match &part.mode {
        Mode::Transaction => {}
        Mode::NoTransaction => line.push_str(" no-transaction"),
        Mode::Batch(batch) => {
            let _ = write!(
                line,
                " batch table={} key={} size={}",
                word(&batch.table),
                word(&batch.key),
                batch.size
            );
        }
    }
    line
}

/// A value of a directive, in quotes where it needs them.
fn word(value: &str) -> String {
    if value.chars().any(char::is_whitespace) { format!("\"{value}\"") } else { value.to_owned() }
}

/// The statement with its semicolon; a comment alone needs none, and one at its end would swallow it.
fn ended(dialect: Dialect, statement: &str) -> String {
    // SQLite keeps the text of what is created, to the last blank before the semicolon.
    let kept = dialect == Dialect::Sqlite && statement.starts_with("CREATE ");
    let statement = if kept { statement } else { statement.trim() };
    let tokens = lex(dialect, statement);
    let last = tokens.last().map(|t| t.kind);
    match last {
        _ if tokens.iter().all(|t| t.is_gap()) => statement.to_owned(),
        Some(TokenKind::LineComment) => format!("{statement}\n;"),
        _ => format!("{statement};"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqlite_keeps_the_text_of_is_written_to_its_last_blank() {
        let ended = |text| ended(Dialect::Sqlite, text);
        assert_eq!(ended("CREATE TABLE t (a)\n"), "CREATE TABLE t (a)\n;");
        assert_eq!(ended("CREATE TABLE t (a) -- b"), "CREATE TABLE t (a) -- b\n;");
        assert_eq!(ended("\nDROP TABLE t\n"), "DROP TABLE t;");
    }
}
