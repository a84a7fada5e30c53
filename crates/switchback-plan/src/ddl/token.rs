//! The tokens of a SQLite text, with their places; names, and texts in one spelling.

use crate::error::{Error, ErrorKind, Result};
use crate::quote;
use sqlite3_parser::dialect::keyword_token;
use sqlite3_parser::lexer::Splitter;
pub(super) use sqlite3_parser::lexer::sql::TokenType;
use sqlite3_parser::lexer::sql::Tokenizer;
use std::ops::Range;

/// A token that means something: neither white space nor a comment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token {
    pub kind: TokenType,
    pub start: usize,
    pub end: usize,
}

impl Token {
    pub fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// True for a name, also for the keywords that may be one (`key`, `action`, …).
    pub fn is_id(&self) -> bool {
        is_id(self.kind)
    }

    /// True where the grammar takes a name: besides, `INDEXED`, the words of joins, and strings.
    pub fn is_name(&self) -> bool {
        self.is_id()
            || matches!(self.kind, TokenType::TK_INDEXED | TokenType::TK_JOIN_KW | TokenType::TK_STRING)
    }
}

/// A name, or a keyword that SQLite's grammar takes for one where it makes no sense as a keyword (its `%fallback ID`).
fn is_id(kind: TokenType) -> bool {
    use TokenType as K;
    matches!(
        kind,
        // The three of window functions are keywords only where the tokenizer's user says so; in a table they never are.
        K::TK_ID
            | K::TK_WINDOW
            | K::TK_OVER
            | K::TK_FILTER
            | K::TK_ABORT
            | K::TK_ACTION
            | K::TK_AFTER
            | K::TK_ANALYZE
            | K::TK_ASC
            | K::TK_ATTACH
            | K::TK_BEFORE
            | K::TK_BEGIN
            | K::TK_BY
            | K::TK_CASCADE
            | K::TK_CAST
            | K::TK_COLUMNKW
            | K::TK_CONFLICT
            | K::TK_DATABASE
            | K::TK_DEFERRED
            | K::TK_DESC
            | K::TK_DETACH
            | K::TK_DO
            | K::TK_EACH
            | K::TK_END
            | K::TK_EXCLUSIVE
            | K::TK_EXPLAIN
            | K::TK_FAIL
            | K::TK_FOR
            | K::TK_IGNORE
            | K::TK_IMMEDIATE
            | K::TK_INITIALLY
            | K::TK_INSTEAD
            | K::TK_LIKE_KW
            | K::TK_MATCH
            | K::TK_NO
            | K::TK_PLAN
            | K::TK_QUERY
            | K::TK_KEY
            | K::TK_OF
            | K::TK_OFFSET
            | K::TK_PRAGMA
            | K::TK_RAISE
            | K::TK_RECURSIVE
            | K::TK_RELEASE
            | K::TK_REPLACE
            | K::TK_RESTRICT
            | K::TK_ROW
            | K::TK_ROWS
            | K::TK_ROLLBACK
            | K::TK_SAVEPOINT
            | K::TK_TEMP
            | K::TK_TRIGGER
            | K::TK_VACUUM
            | K::TK_VIEW
            | K::TK_VIRTUAL
            | K::TK_WITH
            | K::TK_WITHOUT
            | K::TK_NULLS
            | K::TK_FIRST
            | K::TK_LAST
            | K::TK_CURRENT
            | K::TK_FOLLOWING
            | K::TK_PARTITION
            | K::TK_PRECEDING
            | K::TK_RANGE
            | K::TK_UNBOUNDED
            | K::TK_EXCLUDE
            | K::TK_GROUPS
            | K::TK_OTHERS
            | K::TK_TIES
            | K::TK_GENERATED
            | K::TK_ALWAYS
            | K::TK_MATERIALIZED
            | K::TK_REINDEX
            | K::TK_RENAME
            | K::TK_CTIME_KW
            | K::TK_IF
    )
}

/// The tokens of a text, without white space and comments.
pub(super) fn tokens(sql: &str) -> Result<Vec<Token>> {
    let bytes = sql.as_bytes();
    let mut splitter = Tokenizer::new();
    let mut out = Vec::with_capacity(bytes.len() / 6 + 1);
    let mut start = 0;
    while start < bytes.len() {
        let (token, length) = splitter.split(&bytes[start..]).map_err(|e| unreadable(sql, &e))?;
        let end = (start + length.max(1)).min(bytes.len());
        if let Some((_, kind)) = token {
            out.push(Token { kind, start, end });
        }
        start = end;
    }
    Ok(out)
}

/// What cannot be read.
pub(super) fn unreadable(sql: &str, why: &dyn std::fmt::Display) -> Error {
    let mut start: String = sql.chars().take(60).collect();
    if start.len() < sql.len() {
        start.push('…');
    }
    Error::new(ErrorKind::Unsupported, format!("cannot read `{start}`: {why}"))
        .hint("write the SQL by hand: an operation of type \"sql\" takes both directions")
}

/// A name without its quotes, of whichever of the four styles.
pub fn unquote(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.next_back()) {
        (Some(q @ ('"' | '`' | '\'')), Some(_)) => chars.as_str().replace(&format!("{q}{q}"), &q.to_string()),
        (Some('['), Some(']')) => chars.as_str().to_owned(),
        _ => text.to_owned(),
    }
}

/// Whether two names mean the same to SQLite: it folds the case of ASCII letters alone.
pub fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// A name as it may stand in new text: bare where that is safe, else in double quotes.
pub fn name(name: &str) -> String {
    if is_plain(name) && keyword(name).is_none() { name.to_owned() } else { quote::ident(name) }
}

/// The keyword that a bare word is. The tokenizer's table asserts these lengths.
fn keyword(word: &str) -> Option<TokenType> {
    (2..=17).contains(&word.len()).then(|| keyword_token(word.as_bytes())).flatten()
}

fn is_plain(name: &str) -> bool {
    let mut bytes = name.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_' || b > 0x7f);
    first && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b > 0x7f)
}

/// The text in one spelling, whatever its white space, comments, case of keywords and style of quotes.
///
/// # Errors
/// When it has what is no token.
pub fn normalise(sql: &str) -> Result<String> {
    Ok(spelled(sql, &tokens(sql)?))
}

/// The same of a part that has been tokenised.
pub(super) fn spelled(sql: &str, tokens: &[Token]) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut previous: Option<TokenType> = None;
    for token in tokens {
        if let Some(previous) = previous
            && blank_between(previous, token.kind)
        {
            out.push(' ');
        }
        match previous {
            // The one sort of name whose case nobody ever sees.
            Some(TokenType::TK_COLLATE) => out.push_str(&unquote(&sql[token.span()]).to_ascii_uppercase()),
            _ => spell(&sql[token.span()], token.kind, &mut out),
        }
        previous = Some(token.kind);
    }
    // What ends a statement is no part of it.
    while out.ends_with(';') {
        out.pop();
        out.truncate(out.trim_end().len());
    }
    out
}

fn blank_between(left: TokenType, right: TokenType) -> bool {
    use TokenType::{TK_COMMA, TK_DOT, TK_ID, TK_LP, TK_RP, TK_SEMI};
    let tight = matches!(left, TK_LP | TK_DOT)
        || matches!(right, TK_RP | TK_COMMA | TK_DOT | TK_SEMI)
        || (left == TK_ID && right == TK_LP);
    !tight
}

fn spell(text: &str, kind: TokenType, out: &mut String) {
    match text.as_bytes().first() {
        Some(b'"' | b'`' | b'[') => out.push_str(&spell_name(&unquote(text))),
        Some(b) if kind != TokenType::TK_ID && (b.is_ascii_alphabetic() || *b == b'_') => {
            out.extend(text.chars().map(|c| c.to_ascii_uppercase()));
        }
        _ => out.push_str(text),
    }
}

/// A quoted name: as it is spelled where it needs no quotes.
fn spell_name(name: &str) -> String {
    // Bare, these are values.
    let value = same(name, "true") || same(name, "false");
    if !is_plain(name) || value {
        return quote::ident(name);
    }
    match keyword(name) {
        None => name.to_owned(),
        // `current_time` and its like are values when bare; no other of these means two things in one place.
        Some(kind) if is_id(kind) && kind != TokenType::TK_CTIME_KW && kind != TokenType::TK_ID => {
            name.to_ascii_uppercase()
        }
        Some(_) => quote::ident(name),
    }
}
