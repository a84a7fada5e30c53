//! Columns whose values nobody is shown: `users.email`, `audit.events.payload`, `*.token`. This is the one place that
//! knows which, and what stands in their place.

use crate::error::{Error, ErrorKind, Result};
use crate::lex::{self, Token, TokenKind};
use crate::model::Dialect;

/// What stands in the place of a value.
pub const HIDDEN: &str = "***";

/// The columns that were declared. The default is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sensitive {
    columns: Vec<Declared>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Declared {
    written: String,
    /// `None` for those of every table.
    table: Option<String>,
    /// `None` for all of the table's.
    column: Option<String>,
}

impl Declared {
    fn is(&self, table: &str, column: &str) -> bool {
        let same = |declared: &Option<String>, name: &str| {
            declared.as_ref().is_none_or(|declared| declared.eq_ignore_ascii_case(name))
        };
        same(&self.table, table.rsplit('.').next().unwrap_or(table)) && same(&self.column, column)
    }
}

impl Sensitive {
    /// Reads what was declared: `TABLE.COLUMN`, with the schema before it or without; `*` for all of either.
    ///
    /// # Errors
    /// Of the kind `Config`, when one is no name of a column.
    pub fn parse(written: &[String]) -> Result<Sensitive> {
        let columns = written.iter().map(|written| declared(written)).collect::<Result<_>>()?;
        Ok(Sensitive { columns })
    }

    /// These, and those of another place.
    #[must_use]
    pub fn and(mut self, others: Sensitive) -> Sensitive {
        for other in others.columns {
            if !self.columns.contains(&other) {
                self.columns.push(other);
            }
        }
        self
    }

    /// Whether none is declared.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Whether the values of that column are hidden. The table's schema does not count: rather a column too many.
    pub fn hides(&self, table: &str, column: &str) -> bool {
        self.columns.iter().any(|declared| declared.is(table, column))
    }

    /// Whether a column of a result, of which nobody knows where it comes from, has the name of one that is hidden.
    pub fn hides_name(&self, column: &str) -> bool {
        self.columns.iter().any(|d| d.column.as_ref().is_none_or(|name| name.eq_ignore_ascii_case(column)))
    }

    /// A value as it is shown.
    pub fn shown(&self, table: &str, column: &str, value: String) -> String {
        if self.hides(table, column) { HIDDEN.to_owned() } else { value }
    }

    /// Those that a statement may hold values of, as they were declared: it names the column and its table, or takes
    /// all columns of the table.
    pub fn named_in(&self, dialect: Dialect, sql: &str) -> Vec<String> {
        if self.is_empty() {
            return Vec::new();
        }
        let tokens = lex::lex_without_gaps(dialect, sql);
        self.named(dialect, sql, &tokens)
    }

    fn named(&self, dialect: Dialect, sql: &str, tokens: &[Token]) -> Vec<String> {
        let mentions = |name: &str| {
            let name = if dialect == Dialect::Postgres { name.to_lowercase() } else { name.to_owned() };
            tokens.iter().any(|token| {
                // Quoted or not, in whatever case: rather a statement too many.
                matches!(token.kind, TokenKind::Word | TokenKind::Quoted)
                    && crate::ddl::unquote(token.text(sql)).eq_ignore_ascii_case(&name)
            })
        };
        let whole = tokens.iter().any(|token| {
            token.text(sql) == "*"
                || ["insert", "replace", "copy", "merge"].iter().any(|word| token.is_word(sql, word))
        });
        let holds = |declared: &&Declared| match (&declared.table, &declared.column) {
            (None, None) => true,
            (None, Some(column)) => mentions(column),
            (Some(table), None) => mentions(table),
            (Some(table), Some(column)) => mentions(table) && (whole || mentions(column)),
        };
        self.columns.iter().filter(holds).map(|declared| declared.written.clone()).collect()
    }

    /// A text of SQL in which the literals of those statements are hidden that may hold values of such a column. Its
    /// lines stay as many as they were; it is for reading, and no database takes it.
    pub fn without_literals(&self, dialect: Dialect, sql: &str) -> String {
        if self.is_empty() {
            return sql.to_owned();
        }
        let tokens = lex::lex(dialect, sql);
        let mut out = String::with_capacity(sql.len());
        for statement in tokens.split_inclusive(|token| token.kind == TokenKind::Semicolon) {
            let hide = !self.named(dialect, sql, statement).is_empty();
            for token in statement {
                let text = token.text(sql);
                if hide && is_value(token, text) {
                    out.push_str(HIDDEN);
                    out.push_str(&"\n".repeat(text.matches('\n').count()));
                } else if hide && token.is_gap() && token.kind != TokenKind::Space {
                    // A comment may hold what the statement holds.
                    out.push_str(if token.kind == TokenKind::LineComment { "--" } else { "/* */" });
                    out.push_str(&"\n".repeat(text.matches('\n').count()));
                } else {
                    out.push_str(text);
                }
            }
        }
        out
    }
}

/// A string or a number; not a sign, and not the name of a parameter.
fn is_value(token: &Token, text: &str) -> bool {
    token.kind == TokenKind::String
        || (matches!(token.kind, TokenKind::Other | TokenKind::Word)
            && text.starts_with(|c: char| c.is_ascii_digit()))
}

fn declared(written: &str) -> Result<Declared> {
    let parts: Vec<&str> = written.split('.').collect();
    let part = |text: &&str| (*text != "*").then(|| (*text).to_owned());
    match parts.as_slice() {
        [.., table, column] if parts.len() <= 3 && parts.iter().all(|part| !part.trim().is_empty()) => {
            Ok(Declared { written: written.to_owned(), table: part(table), column: part(column) })
        }
        _ => Err(Error::new(ErrorKind::Config, format!("{written:?} names no column that could be sensitive"))
            .hint("write TABLE.COLUMN, or *.COLUMN for those of every table: sensitive = [\"users.email\", \"*.token\"]")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sensitive(columns: &[&str]) -> Sensitive {
        Sensitive::parse(&columns.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_column_is_hidden_where_it_was_declared_whatever_its_case_and_schema() {
        let s = sensitive(&["users.email", "*.token", "audit.events.*"]);
        for (table, column) in [
            ("users", "email"),
            ("public.Users", "EMAIL"),
            ("sessions", "token"),
            ("audit.events", "anything"),
        ] {
            assert!(s.hides(table, column), "{table}.{column}");
        }
        assert!(!s.hides("users", "id") && !s.hides("orders", "email"));
        assert_eq!(s.shown("users", "email", "ada@x".to_owned()), "***");
        assert_eq!(s.shown("users", "id", "7".to_owned()), "7");
    }

    #[test]
    fn what_names_no_column_is_refused() {
        for wrong in ["email", "", "users.", ".email", "a.b.c.d"] {
            let error = Sensitive::parse(&[wrong.to_owned()]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
        }
    }

    #[test]
    fn statements_that_may_hold_such_values_lose_their_literals_and_no_line() {
        let s = sensitive(&["users.email", "*.token"]);
        let sql = "INSERT INTO users VALUES (1, 'ada@x');\n\
                   UPDATE users SET email = 'bob\n@x' -- bob@x\n WHERE id = 7;\n\
                   UPDATE orders SET note = 'keep' WHERE id = 8;\n\
                   UPDATE sessions SET \"Token\" = 'tok';\nSELECT 'kept' FROM users";
        for dialect in Dialect::ALL {
            let shown = s.without_literals(dialect, sql);
            assert_eq!(shown.lines().count(), sql.lines().count(), "{shown}");
            for hidden in ["ada@x", "bob", "@x", "tok'", "7"] {
                assert!(!shown.contains(hidden), "{hidden}: {shown}");
            }
            assert!(shown.contains("note = 'keep' WHERE id = 8") && shown.contains("'kept'"), "{shown}");
        }
        assert_eq!(s.named_in(Dialect::Sqlite, "SELECT * FROM users"), ["users.email"]);
        assert_eq!(s.named_in(Dialect::Postgres, "SELECT lower(EMAIL) FROM users"), ["users.email"]);
        assert_eq!(s.named_in(Dialect::Postgres, "SELECT id FROM users"), Vec::<String>::new());
        assert_eq!(s.named_in(Dialect::Postgres, "SELECT count(token) FROM x"), ["*.token"]);
    }

    #[test]
    fn where_none_is_declared_everything_stays() {
        let none = Sensitive::default();
        let sql = "INSERT INTO users VALUES (1, 'ada@x');";
        assert_eq!(none.without_literals(Dialect::Sqlite, sql), sql);
        assert!(none.is_empty() && !none.hides("users", "email"));
    }
}
