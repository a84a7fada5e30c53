//! Where one statement ends and the next begins.

use super::{Token, TokenKind, lex, what};
use crate::model::{Dialect, Statement};
use std::ops::Range;

/// The statements in a span of `text`, which begins and ends between statements.
pub fn statements(dialect: Dialect, text: &str, span: Range<usize>) -> Vec<Statement> {
    let Some(part) = text.get(span.clone()) else { return Vec::new() };
    let mut found = statements_of(dialect, part, &lex(dialect, part));
    for statement in &mut found {
        statement.span = statement.span.start + span.start..statement.span.end + span.start;
    }
    found
}

/// The statements of tokens; `text` is what their offsets point into.
pub fn statements_of(dialect: Dialect, text: &str, tokens: &[Token]) -> Vec<Statement> {
    split(dialect, text, tokens)
        .map(|tokens| {
            let start = tokens.first().map_or(0, |t| t.start);
            let end = tokens.last().map_or(0, |t| t.end);
            Statement { span: start..end, what: what::describe(text, tokens) }
        })
        .collect()
}

/// The tokens of each statement, from its first to its last without the semicolon; gaps inside are kept.
pub(crate) fn split<'t>(
    dialect: Dialect,
    text: &'t str,
    tokens: &'t [Token],
) -> impl Iterator<Item = &'t [Token]> + 't {
    let mut rest = tokens;
    std::iter::from_fn(move || {
        loop {
            let first = rest.iter().position(|t| !t.is_gap() && t.kind != TokenKind::Semicolon)?;
            rest = &rest[first..];
            let mut end = End::new(dialect);
            let semicolon = rest.iter().position(|t| end.at(text, t)).unwrap_or(rest.len());
            let statement = &rest[..semicolon];
            rest = &rest[semicolon..];
            let last = statement.iter().rposition(|t| !t.is_gap()).map_or(0, |i| i + 1);
            if last > 0 {
                return Some(&statement[..last]);
            }
        }
    })
}

/// Reads one statement and knows its semicolon from those inside it.
enum End {
    Sqlite(Trigger),
    Postgres(Nesting),
}

impl End {
    fn new(dialect: Dialect) -> End {
        match dialect {
            Dialect::Sqlite => End::Sqlite(Trigger::default()),
            Dialect::Postgres => End::Postgres(Nesting::default()),
        }
    }

    /// True when `token` is the semicolon behind the statement.
    fn at(&mut self, text: &str, token: &Token) -> bool {
        if token.is_gap() {
            return false;
        }
        match self {
            End::Sqlite(trigger) => trigger.ends_at(text, token),
            End::Postgres(nesting) => nesting.ends_at(text, token),
        }
    }
}

/// As `sqlite3_complete` does it: only a trigger holds semicolons, and it ends with `; END ;`. The END of a CASE
/// never follows a semicolon, so nothing needs to be counted.
#[derive(Default)]
struct Trigger {
    words: usize,
    create: bool,
    trigger: bool,
    after_semicolon: bool,
    after_end: bool,
}

impl Trigger {
    fn ends_at(&mut self, text: &str, token: &Token) -> bool {
        if token.kind == TokenKind::Semicolon {
            if !self.trigger || self.after_end {
                return true;
            }
            self.after_semicolon = true;
            return false;
        }
        if self.trigger {
            self.after_end = self.after_semicolon && token.is_word(text, "end");
            self.after_semicolon = false;
        } else if self.words < 6 {
            // [EXPLAIN [QUERY PLAN]] CREATE [TEMP|TEMPORARY] TRIGGER
            self.words += 1;
            let word = |w| token.is_word(text, w);
            if word("create") {
                self.create = true;
            } else if self.create && word("trigger") {
                self.trigger = true;
            } else if !(word("temp")
                || word("temporary")
                || (!self.create && (word("explain") || word("query") || word("plan"))))
            {
                self.words = usize::MAX;
            }
        }
        false
    }
}

/// As psql does it: parentheses (`CREATE RULE … DO (a; b)`) and, in CREATE FUNCTION and CREATE PROCEDURE,
/// `BEGIN ATOMIC … END` with its nested CASE … END.
#[derive(Default)]
struct Nesting {
    words: usize,
    routine: bool,
    parentheses: usize,
    begin: bool,
    blocks: usize,
}

impl Nesting {
    fn ends_at(&mut self, text: &str, token: &Token) -> bool {
        let begin = std::mem::take(&mut self.begin);
        match token.kind {
            TokenKind::Semicolon => return self.parentheses == 0 && self.blocks == 0,
            TokenKind::Open => self.parentheses += 1,
            TokenKind::Close => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::Word => self.word(text, token, begin),
            _ => {}
        }
        false
    }

    fn word(&mut self, text: &str, token: &Token, begin: bool) {
        let is = |w| token.is_word(text, w);
        // CREATE [OR REPLACE] {FUNCTION|PROCEDURE}
        match self.words {
            0 if !is("create") => self.words = usize::MAX,
            1 | 3 if is("function") || is("procedure") => self.routine = true,
            1 if is("or") => self.words = 1,
            2 if is("replace") => self.words = 2,
            1..4 => self.words = usize::MAX,
            _ => {}
        }
        self.words = self.words.saturating_add(1);
        if !self.routine || self.parentheses > 0 {
            return;
        }
        if self.blocks == 0 {
            self.begin = is("begin");
            if begin && is("atomic") {
                self.blocks = 1;
            }
        } else if is("case") {
            self.blocks += 1;
        } else if is("end") {
            self.blocks -= 1;
        }
    }
}
