//! A file of SQL: its steps and their statements.

use super::directive::{self, Directive};
use super::{SourceFile, source_error_at, text_of};
use crate::digest;
use crate::error::{Error, Result};
use crate::lex::{Token, TokenKind, describe, lex, split};
use crate::model::{Dialect, Mode, Script, Statement, Step};
use std::sync::Arc;
use std::time::Duration;

/// What the SQL is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A way up or down: may have steps.
    Side,
    /// Queries: one step.
    Checks,
}

/// Reads a file.
pub(super) fn read(dialect: Dialect, file: &SourceFile, purpose: Purpose) -> Result<Script> {
    let text = text_of(file)?;
    let tokens = lex(dialect, text);
    let parser = Parser { dialect, path: &file.path, text, purpose };
    let (steps, foreign_keys_off) = parser.parse(&tokens)?;
    Ok(Script {
        file: file.path.to_string(),
        sha256: digest::of_text(text),
        text: Arc::from(text),
        steps,
        foreign_keys_off,
    })
}

struct Parser<'t> {
    dialect: Dialect,
    path: &'t str,
    text: &'t str,
    purpose: Purpose,
}

/// A step that is being read.
struct Open {
    step: Step,
    /// Where its directive stands; the beginning of the file without one.
    at: usize,
    comment: bool,
    /// Statements so far, the hoisted ones too.
    statements: usize,
    /// Where the first of them begins.
    first: usize,
}

fn new_step(name: String, mode: Mode, lock_timeout: Option<Duration>, start: usize) -> Open {
    let step = Step { name, mode, lock_timeout, span: start..start, statements: Vec::with_capacity(1) };
    Open { step, at: start, comment: false, statements: 0, first: start }
}

fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].rfind('\n').map_or(0, |i| i + 1)
}

impl Parser<'_> {
    fn error(&self, offset: usize, message: impl Into<String>) -> Error {
        source_error_at(self.path, self.text, offset, message)
    }

    fn parse(&self, tokens: &[Token]) -> Result<(Vec<Step>, bool)> {
        let mut statements = split(self.dialect, self.text, tokens).peekable();
        // Room for one: most files are one step of one statement, there are thousands of them, and a vector that grows
        // begins with room for four.
        let mut steps: Vec<Step> = Vec::with_capacity(1);
        let mut open = new_step("main".to_owned(), Mode::Transaction, None, 0);
        let mut explicit = false;
        let mut file_timeout = None;
        let mut foreign_keys_off = false;
        // Of the last statement that begins before the comment.
        let mut end = 0;
        for token in
            tokens.iter().filter(|t| matches!(t.kind, TokenKind::LineComment | TokenKind::BlockComment))
        {
            while let Some(statement) = statements.next_if(|s| s[0].start < token.start) {
                foreign_keys_off |= self.add(&mut open, statement)?;
                end = statement.last().map_or(0, |t| t.end);
            }
            let Some(body) = self.directive(token) else {
                open.comment = true;
                continue;
            };
            if token.start < end {
                return Err(self
                    .error(token.start, "a directive inside a statement")
                    .hint("end the statement before it with a semicolon, or move the directive"));
            }
            match self.read_directive(token, body)? {
                Directive::Compiled => open.comment = true,
                Directive::LockTimeout(timeout) => {
                    let slot = if explicit { &mut open.step.lock_timeout } else { &mut file_timeout };
                    if open.statements > 0 {
                        return Err(self
                            .error(token.start, "`lock_timeout` stands behind a statement")
                            .hint("move it before the first statement of the step"));
                    }
                    if slot.replace(timeout).is_some() {
                        return Err(self
                            .error(token.start, "`lock_timeout` is given twice")
                            .hint("delete one of the two"));
                    }
                }
                Directive::Step { name, mode, lock_timeout } => {
                    if self.purpose == Purpose::Checks {
                        return Err(self
                            .error(token.start, "checks have no steps")
                            .hint("every query of the file is run after the whole migration"));
                    }
                    if steps.iter().any(|s| s.name == name) || (explicit && open.step.name == name) {
                        return Err(self
                            .error(token.start, format!("the step `{name}` occurs twice"))
                            .hint("give each step of a file a name of its own"));
                    }
                    let start = line_start(self.text, token.start);
                    if explicit {
                        let previous =
                            std::mem::replace(&mut open, new_step(name, mode, lock_timeout, start));
                        steps.push(self.close(previous, start)?);
                    } else {
                        if open.statements > 0 {
                            return Err(self
                                .error(open.first, "a statement before the first step")
                                .hint("put a `-- switchback: step NAME` before it"));
                        }
                        explicit = true;
                        // Comments before the first directive belong to the first step.
                        open = Open { at: start, ..new_step(name, mode, lock_timeout, 0) };
                    }
                }
            }
        }
        for statement in statements {
            foreign_keys_off |= self.add(&mut open, statement)?;
        }
        steps.push(self.close(open, self.text.len())?);
        for step in &mut steps {
            step.lock_timeout = step.lock_timeout.or(file_timeout);
        }
        Ok((steps, foreign_keys_off))
    }

    /// The text behind `switchback:`, where the token is a directive.
    fn directive(&self, token: &Token) -> Option<&str> {
        if token.kind == TokenKind::LineComment { directive::body(token.text(self.text)) } else { None }
    }

    fn read_directive(&self, token: &Token, body: &str) -> Result<Directive> {
        if !self.text[line_start(self.text, token.start)..token.start].trim().is_empty() {
            return Err(self
                .error(token.start, "a directive behind something else on its line")
                .hint("give it a line of its own"));
        }
        if !token.text(self.text).contains("switchback:") {
            return Err(self
                .error(token.start, "a directive is written in lower case")
                .hint("write `-- switchback: …`"));
        }
        directive::parse(body).map_err(|wrong| self.error(token.start, wrong.message).hint(wrong.hint))
    }

    /// Adds a statement to the step; true if it is a hoisted `PRAGMA foreign_keys = OFF`.
    fn add(&self, open: &mut Open, tokens: &[Token]) -> Result<bool> {
        let start = tokens.first().map_or(0, |t| t.start);
        let end = tokens.last().map_or(0, |t| t.end);
        if open.statements == 0 {
            open.first = start;
        }
        open.statements += 1;
        let mut words: Vec<&Token> = Vec::with_capacity(12);
        words.extend(tokens.iter().filter(|t| !t.is_gap()).take(12));
        let statement = Statement { span: start..end, what: describe(self.text, tokens) };
        match self.dialect {
            Dialect::Sqlite => {
                if let Some(off) = self.foreign_keys(&words) {
                    if off && open.step.mode != Mode::Transaction {
                        return Err(self
                            .error(
                                start,
                                "foreign keys can be off only in a step that is one transaction, where they are checked before it commits",
                            )
                            .hint("give what needs them off a step of its own, without `no-transaction` and `batch`"));
                    }
                    // Hoisted, and so without effect where it stands: where all of the text runs, it runs too.
                    if self.purpose == Purpose::Side && open.step.mode == Mode::Transaction {
                        open.step.statements.push(statement);
                    }
                    return Ok(off);
                }
            }
            Dialect::Postgres => self.refuse_psql(&words)?,
        }
        if open.step.mode != Mode::NoTransaction
            && let Some(what) = self.transaction_control(&words)
        {
            return Err(self
                .error(start, format!("{what}: switchback itself begins and commits the transaction of a step"))
                .hint("delete it, or put what must run outside a transaction into a step of its own: `-- switchback: step NAME no-transaction`"));
        }
        if let Mode::Batch(_) = open.step.mode
            && !self.is_around_a_batch(&words)
        {
            for parameter in [":from", ":upto"] {
                if !tokens.iter().any(|t| t.kind == TokenKind::Parameter && t.text(self.text) == parameter) {
                    return Err(self
                        .error(start, format!("a statement of the batch step `{}` without {parameter}", open.step.name))
                        .hint("limit it to the batch, for example WHERE id BETWEEN :from AND :upto (both inclusive)"));
                }
            }
        }
        open.step.statements.push(statement);
        Ok(false)
    }

    /// What prepares the transaction of a batch, or clears up behind it, and so has no range: triggers out of the way,
    /// constraints that are checked at once, settings of the transaction.
    fn is_around_a_batch(&self, words: &[&Token]) -> bool {
        let is = |at: usize, word: &str| words.get(at).is_some_and(|t| t.is_word(self.text, word));
        let made = |at: usize| is(at, "trigger") || (is(at, "constraint") && is(at + 1, "trigger"));
        let switches = |at: usize| {
            is(at, "disable") && is(at + 1, "trigger")
                || is(at, "enable")
                    && (is(at + 1, "trigger")
                        || (is(at + 1, "always") || is(at + 1, "replica")) && is(at + 2, "trigger"))
        };
        is(0, "set") && (is(1, "local") || is(1, "constraints"))
            || (is(0, "create") || is(0, "drop")) && made(1)
            || is(0, "alter") && is(1, "table") && (2..words.len()).any(switches)
    }

    /// `BEGIN`, `COMMIT` and what else would end the step's transaction; savepoints are the author's own.
    fn transaction_control(&self, words: &[&Token]) -> Option<&'static str> {
        let is = |at: usize, word: &str| words.get(at).is_some_and(|t| t.is_word(self.text, word));
        let noise = usize::from(is(1, "work") || is(1, "transaction"));
        match () {
            () if is(0, "begin") => Some("BEGIN"),
            () if is(0, "commit") => Some("COMMIT"),
            () if is(0, "end") => Some("END"),
            () if is(0, "abort") => Some("ABORT"),
            () if is(0, "rollback") && !is(1 + noise, "to") => Some("ROLLBACK"),
            () if is(0, "start") && is(1, "transaction") => Some("START TRANSACTION"),
            () if is(0, "prepare") && is(1, "transaction") => Some("PREPARE TRANSACTION"),
            () => None,
        }
    }

    /// `PRAGMA [schema.]foreign_keys = value`: true for off, read as SQLite reads it.
    fn foreign_keys(&self, words: &[&Token]) -> Option<bool> {
        let text = |at: usize| words.get(at).map(|t| t.text(self.text));
        if !words.first()?.is_word(self.text, "pragma") {
            return None;
        }
        let name = if text(2) == Some(".") { 3 } else { 1 };
        let bare = |text: &str| text.trim_matches(['"', '\'', '`', '[', ']']).to_ascii_lowercase();
        if bare(text(name)?) != "foreign_keys" || !matches!(text(name + 1), Some("=" | "(")) {
            return None;
        }
        let value =
            words[name + 2..].iter().map(|t| bare(t.text(self.text))).find(|t| t != "-" && t != "+")?;
        let on = match value.as_str() {
            "on" | "yes" | "true" | "extra" | "full" => true,
            number => number.parse::<u64>().is_ok_and(|n| n != 0),
        };
        Some(!on)
    }

    /// What psql would do by itself and the server does not know.
    fn refuse_psql(&self, words: &[&Token]) -> Result<()> {
        let Some(first) = words.first() else { return Ok(()) };
        if first.text(self.text) == "\\" {
            return Err(self.error(first.start, "a backslash command is psql's, not SQL").hint("delete it"));
        }
        let from_stdin =
            |pair: &[&Token]| pair[0].is_word(self.text, "from") && pair[1].is_word(self.text, "stdin");
        if first.is_word(self.text, "copy") && words.windows(2).any(from_stdin) {
            return Err(self
                .error(first.start, "COPY … FROM STDIN needs data that is no SQL")
                .hint("write INSERT (`pg_dump --inserts` does), or copy the rows in a Rust migration"));
        }
        let to_stdout =
            |pair: &[&Token]| pair[0].is_word(self.text, "to") && pair[1].is_word(self.text, "stdout");
        if first.is_word(self.text, "copy") && words.windows(2).any(to_stdout) {
            return Err(self
                .error(first.start, "COPY … TO STDOUT sends rows that nobody would receive")
                .hint("export with psql or pg_dump; a migration changes the database"));
        }
        Ok(())
    }

    /// The finished step, whose text ends at `end`.
    fn close(&self, open: Open, end: usize) -> Result<Step> {
        if open.statements == 0 && !open.comment {
            return Err(if open.at == 0 && self.text[..end].trim().is_empty() {
                self.error(0, "the file is empty")
                    .hint("write a statement, or a comment that says why there is nothing to do")
            } else {
                self.error(
                    open.at,
                    format!("neither a statement nor a comment in the step `{}`", open.step.name),
                )
                .hint("write a statement, or a comment that says why there is nothing to do")
            });
        }
        if open.step.statements.is_empty() && matches!(open.step.mode, Mode::Batch(_)) {
            return Err(self
                .error(open.at, format!("the batch step `{}` has no statement", open.step.name))
                .hint("write one that uses :from and :upto"));
        }
        let mut step = open.step;
        step.span.end = end;
        Ok(step)
    }
}
