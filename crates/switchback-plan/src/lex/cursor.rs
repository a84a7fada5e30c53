//! A place among the tokens of a statement, gaps left out: for what is read off its words.

use super::{Token, TokenKind};
use crate::ddl::unquote;
use crate::model::Dialect;

/// A place among tokens.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'t> {
    dialect: Dialect,
    sql: &'t str,
    rest: &'t [Token],
}

impl<'t> Cursor<'t> {
    /// At the first of the tokens of `sql`.
    pub fn new(dialect: Dialect, sql: &'t str, tokens: &'t [Token]) -> Cursor<'t> {
        Cursor { dialect, sql, rest: tokens }
    }

    /// Whether there is nothing left.
    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Goes on by one token.
    pub fn advance(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }

    /// Whether that word is next.
    pub fn is(&self, word: &str) -> bool {
        self.rest.first().is_some_and(|t| t.is_word(self.sql, word))
    }

    /// Whether that word stands anywhere from here on.
    pub fn has(&self, word: &str) -> bool {
        self.rest.iter().any(|t| t.is_word(self.sql, word))
    }

    /// Goes on behind that word, if it is next.
    pub fn take(&mut self, word: &str) -> bool {
        let is = self.is(word);
        if is {
            self.advance();
        }
        is
    }

    /// Goes on behind that sign, if it is next.
    pub fn take_sign(&mut self, sign: &str) -> bool {
        let is = self.rest.first().is_some_and(|t| t.text(self.sql) == sign);
        if is {
            self.advance();
        }
        is
    }

    /// Goes on behind all of these words that come next.
    pub fn skip(&mut self, words: &[&str]) {
        while words.iter().any(|w| self.take(w)) {}
    }

    /// The next token, where it is a word, in lower case.
    pub fn word(&mut self) -> Option<String> {
        let token = self.rest.first().filter(|t| t.kind == TokenKind::Word)?;
        let word = token.text(self.sql).to_lowercase();
        self.advance();
        Some(word)
    }

    /// One part of a name, without quotes, as the engine folds it.
    pub fn part(&mut self) -> Option<String> {
        let token = *self.rest.first()?;
        let written = token.text(self.sql);
        let part = match (self.dialect, token.kind) {
            (Dialect::Postgres, TokenKind::Word) => written.to_lowercase(),
            (Dialect::Sqlite, TokenKind::Word) => written.to_owned(),
            (Dialect::Sqlite, TokenKind::String) | (_, TokenKind::Quoted) => unquote(written),
            _ => return None,
        };
        self.advance();
        Some(part)
    }

    /// The parts of a name.
    pub fn name(&mut self) -> Option<Vec<String>> {
        let mut name = vec![self.part()?];
        while self.rest.first().is_some_and(|t| t.kind == TokenKind::Dot) {
            self.advance();
            name.push(self.part()?);
        }
        Some(name)
    }

    /// The last part of a name that the statement ends with: the new one of RENAME TO.
    pub fn last(&self) -> Option<String> {
        let token = self.rest.last()?;
        Cursor { rest: std::slice::from_ref(token), ..*self }.part()
    }
}
