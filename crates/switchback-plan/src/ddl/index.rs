//! A stored `CREATE INDEX`.

use super::token::{Token, TokenType, spelled, tokens, unquote, unreadable};
use crate::error::Result;
use std::ops::Range;

/// A `CREATE INDEX`, with the place of its keys and its predicate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexText {
    /// UNIQUE.
    pub unique: bool,
    /// In their order.
    pub keys: Vec<KeyText>,
    /// What stands behind WHERE.
    pub predicate: Option<Range<usize>>,
    /// From the first key to the end: all that may mention columns.
    pub mentioning: Range<usize>,
}

/// A key of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyText {
    /// The name that it is, unquoted; `None` for an expression.
    pub name: Option<String>,
    /// COLLATE.
    pub collation: Option<String>,
    /// DESC.
    pub descending: bool,
    /// All of it in one spelling.
    pub text: String,
}

impl IndexText {
    /// Reads a `CREATE INDEX` as SQLite stores it.
    ///
    /// # Errors
    /// When it is none.
    pub fn of_stored(sql: &str) -> Result<IndexText> {
        let tokens = tokens(sql)?;
        let bad = || unreadable(sql, &"it is no CREATE INDEX");
        let unique = tokens.get(1).is_some_and(|t| t.kind == TokenType::TK_UNIQUE);
        let on = tokens.iter().position(|t| t.kind == TokenType::TK_ON).ok_or_else(bad)?;
        let open = tokens[on..].iter().position(|t| t.kind == TokenType::TK_LP).ok_or_else(bad)? + on;
        let mut keys = Vec::new();
        let (mut depth, mut first, mut at) = (1_usize, open + 1, open + 1);
        loop {
            let token = tokens.get(at).ok_or_else(bad)?;
            match token.kind {
                TokenType::TK_LP => depth += 1,
                TokenType::TK_RP => depth -= 1,
                _ => {}
            }
            if depth == 0 || (depth == 1 && token.kind == TokenType::TK_COMMA) {
                keys.push(key(sql, &tokens[first..at]));
                first = at + 1;
            }
            if depth == 0 {
                break;
            }
            at += 1;
        }
        let predicate = match tokens.get(at + 1) {
            Some(token) if token.kind == TokenType::TK_WHERE => {
                let last = tokens.iter().rev().find(|t| t.kind != TokenType::TK_SEMI).map_or(0, |t| t.end);
                Some(tokens.get(at + 2).ok_or_else(bad)?.start..last)
            }
            _ => None,
        };
        Ok(IndexText { unique, keys, predicate, mentioning: tokens[open].end..sql.len() })
    }
}

fn key(sql: &str, tokens: &[Token]) -> KeyText {
    let descending = tokens.last().is_some_and(|t| t.kind == TokenType::TK_DESC) && tokens.len() > 1;
    let mut rest = tokens;
    if let [before @ .., last] = rest
        && !before.is_empty()
        && matches!(last.kind, TokenType::TK_ASC | TokenType::TK_DESC)
    {
        rest = before;
    }
    let mut collation = None;
    if let [before @ .., word, name] = rest
        && word.kind == TokenType::TK_COLLATE
    {
        collation = Some(unquote(&sql[name.span()]));
        rest = before;
    }
    let name = match rest {
        [only] if only.is_name() => Some(unquote(&sql[only.span()])),
        _ => None,
    };
    KeyText { name, collation, descending, text: spelled(sql, tokens) }
}
