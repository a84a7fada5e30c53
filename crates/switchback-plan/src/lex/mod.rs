//! SQL tokens and statements.
//!
//! The tokens come from one maintained tokenizer per dialect; nothing here ever fails or panics, for real syntax
//! errors are the engine's to report. What cannot be understood becomes [`TokenKind::Other`], or an unterminated token.

mod cursor;
mod postgres;
mod sqlite;
mod statements;
#[cfg(test)]
mod tests;
mod what;

pub(crate) use cursor::Cursor;
pub(crate) use statements::split;
pub use statements::{statements, statements_of};
pub(crate) use what::describe;

use crate::ddl;
use crate::model::Dialect;
use std::ops::Range;

/// A piece of SQL text. The tokens of a text follow each other without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its first byte.
    pub start: usize,
    /// The byte behind its last.
    pub end: usize,
    /// False for a string, quoted identifier or block comment that runs into the end of the text.
    pub terminated: bool,
}

/// What a token is; no more than splitting and describing need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// White space.
    Space,
    /// `-- …`, without the end of the line.
    LineComment,
    /// `/* … */`.
    BlockComment,
    /// A keyword or a bare identifier.
    Word,
    /// `"…"`; on SQLite `[…]` and backticks too.
    Quoted,
    /// A string of any sort, dollar quotes and blobs included.
    String,
    /// `:name`.
    Parameter,
    /// `;`.
    Semicolon,
    /// `(`.
    Open,
    /// `)`.
    Close,
    /// `.`.
    Dot,
    /// Numbers, operators, everything else.
    Other,
}

impl Token {
    /// Its bytes in the text.
    pub fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Its text; `text` is what was lexed.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// True for white space and comments.
    pub fn is_gap(&self) -> bool {
        matches!(self.kind, TokenKind::Space | TokenKind::LineComment | TokenKind::BlockComment)
    }

    /// True for that word, whatever its case.
    pub fn is_word(&self, text: &str, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text(text).eq_ignore_ascii_case(word)
    }

    /// True for that name, quoted or not, as the engine compares names. SQLite takes strings for names too, where one
    /// must stand.
    pub fn is_name(&self, dialect: Dialect, text: &str, name: &str) -> bool {
        let written = self.text(text);
        match (dialect, self.kind) {
            (Dialect::Sqlite, _) => ddl::same(&ddl::unquote(written), name),
            (Dialect::Postgres, TokenKind::Quoted) => ddl::unquote(written) == name,
            (Dialect::Postgres, _) => written.to_lowercase() == name,
        }
    }
}

/// Whether an expression mentions a name, as the engine keeps expressions: PostgreSQL prints names folded and its own words
/// (`POSITION`, `AT TIME ZONE`) in capitals; in SQLite a string is a string.
pub fn mentions(dialect: Dialect, expression: &str, name: &str) -> bool {
    lex(dialect, expression).iter().any(|token| match (dialect, token.kind) {
        (Dialect::Postgres, TokenKind::Word) => token.text(expression) == name,
        (Dialect::Sqlite, TokenKind::String) => false,
        _ => token.is_name(dialect, expression, name),
    })
}

/// Whether a text that a person wrote mentions a name.
pub fn mentions_written(dialect: Dialect, text: &str, name: &str) -> bool {
    lex(dialect, text).iter().any(|token| token.is_name(dialect, text, name))
}

/// All tokens of `text`; joined again they are the text.
pub fn lex(dialect: Dialect, text: &str) -> Vec<Token> {
    match dialect {
        Dialect::Sqlite => sqlite::lex(text),
        Dialect::Postgres => postgres::lex(text),
    }
}

/// The tokens of `text` but for white space and comments.
pub fn lex_without_gaps(dialect: Dialect, text: &str) -> Vec<Token> {
    lex(dialect, text).into_iter().filter(|t| !t.is_gap()).collect()
}

/// The named parameters (`:from`) in a span of `text`: their bytes, colon included. Casts (`::text`) and whatever
/// stands in strings or comments are none.
pub fn parameters(dialect: Dialect, text: &str, span: Range<usize>) -> Vec<Range<usize>> {
    let Some(part) = text.get(span.clone()) else { return Vec::new() };
    lex(dialect, part)
        .into_iter()
        .filter(|t| t.kind == TokenKind::Parameter)
        .map(|t| t.start + span.start..t.end + span.start)
        .collect()
}
