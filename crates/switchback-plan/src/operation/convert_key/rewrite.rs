//! Expressions that mention a key, as they must read once the key is a uuid.
//!
//! A comparison with another key or with a UUID stays one of uuids, so that indexes go on serving it. Everything else
//! sees the key's text as before: the column is cast to the type that it had.

use crate::lex::{Token, TokenKind, lex_without_gaps};
use crate::model::Dialect;
use std::ops::Range;

/// SQL text and its tokens, without white space and comments.
pub(super) struct Text<'t> {
    pub(super) dialect: Dialect,
    pub(super) sql: &'t str,
    pub(super) tokens: Vec<Token>,
}

/// A reference to a converted column: tokens `first` to `last`, the column's name being the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) first: usize,
    pub(super) last: usize,
    /// The type that the column had, with its collation.
    pub(super) was: String,
    /// It stands where a uuid is welcome: in a list of columns.
    pub(super) bare: bool,
    /// And the cast that stands around it goes.
    pub(super) strip: bool,
}

impl<'t> Text<'t> {
    pub(super) fn new(sql: &'t str) -> Text<'t> {
        Text::of(Dialect::Postgres, sql)
    }

    pub(super) fn of(dialect: Dialect, sql: &'t str) -> Text<'t> {
        let tokens = lex_without_gaps(dialect, sql);
        Text { dialect, sql, tokens }
    }

    pub(super) fn text(&self, at: usize) -> &'t str {
        self.tokens.get(at).map_or("", |t| t.text(self.sql))
    }

    pub(super) fn is(&self, at: usize, text: &str) -> bool {
        self.text(at).eq_ignore_ascii_case(text)
    }

    fn is_cast(&self, at: usize) -> bool {
        self.is(at, "::") || (self.is(at, ":") && self.is(at + 1, ":"))
    }

    /// The token behind a cast's colons.
    fn behind_cast(&self, at: usize) -> usize {
        if self.is(at, "::") { at + 1 } else { at + 2 }
    }

    pub(super) fn is_name(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|t| matches!(t.kind, TokenKind::Word | TokenKind::Quoted))
    }

    /// The name that a token says, unquoted; SQLite's in lower case, as it compares them.
    pub(super) fn name(&self, at: usize) -> String {
        let text = self.text(at);
        if self.dialect == Dialect::Sqlite {
            return crate::ddl::unquote(text).to_ascii_lowercase();
        }
        match text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => text.to_lowercase(),
        }
    }

    /// The chain of names `a.b.c` that begins there: the token behind it.
    pub(super) fn chain(&self, at: usize) -> usize {
        let mut end = at + 1;
        while self.is(end, ".") && self.is_name(end + 1) {
            end += 2;
        }
        end
    }

    /// The token that closes the parenthesis at `open`.
    pub(super) fn close(&self, open: usize) -> usize {
        let mut depth = 0usize;
        for (at, token) in self.tokens.iter().enumerate().skip(open) {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return at;
                    }
                }
                _ => {}
            }
        }
        self.tokens.len()
    }

    /// The token behind the name of a type: `character varying(36)[]`, `public.citext`.
    fn behind_type(&self, at: usize) -> usize {
        let mut end = self.chain(at);
        while ["varying", "precision", "with", "without", "time", "zone"].iter().any(|w| self.is(end, w)) {
            end += 1;
        }
        if self.is(end, "(") {
            end = self.close(end) + 1;
        }
        while self.is(end, "[") || self.is(end, "]") {
            end += 1;
        }
        end
    }

    /// The comparison at `at`: `=` or `<>`, and the token behind it.
    fn equality(&self, at: usize) -> Option<usize> {
        let other = |at: usize| self.tokens.get(at).is_some_and(|t| t.kind == TokenKind::Other);
        let adjacent = |a: usize, b: usize| matches!((self.tokens.get(a), self.tokens.get(b)), (Some(a), Some(b)) if a.end == b.start);
        let operator = |at: usize| {
            other(at)
                && ["<", ">", "=", "!", "~", "*", "@", "#", "|", "&", "-", "+", "/", "%", "^", "?"]
                    .contains(&self.text(at))
        };
        if self.is(at, "=") && !(operator(at + 1) && adjacent(at, at + 1)) {
            return Some(at + 1);
        }
        if self.is(at, "<>") || self.is(at, "!=") {
            return Some(at + 1);
        }
        if self.is(at, "<")
            && self.is(at + 1, ">")
            && adjacent(at, at + 1)
            && !adjacent_operator(self, at + 1)
        {
            return Some(at + 2);
        }
        None
    }

    pub(super) fn span(&self, first: usize, last: usize) -> Range<usize> {
        self.tokens[first].start..self.tokens[last].end
    }

    /// A column with the cast that may stand around it, `(u.id)::text`: its first token and the token behind it.
    pub(super) fn operand(&self, reference: &Reference) -> (usize, usize) {
        let (first, behind) = (reference.first, reference.last + 1);
        if first > 0 && self.is(first - 1, "(") && self.is(behind, ")") && self.is_cast(behind + 1) {
            return (first - 1, self.behind_type(self.behind_cast(behind + 1)));
        }
        if self.is_cast(behind) {
            return (first, self.behind_type(self.behind_cast(behind)));
        }
        (first, behind)
    }

    /// A literal that is a UUID in its canonical spelling, `'…'::text`: the token behind it.
    fn uuid_literal(&self, at: usize) -> Option<usize> {
        let text = self.text(at).strip_prefix('\'')?.strip_suffix('\'')?;
        if !is_canonical(text) {
            return None;
        }
        Some(if self.is_cast(at + 1) { self.behind_type(self.behind_cast(at + 1)) } else { at + 1 })
    }

    /// The text with its references made right.
    pub(super) fn rewrite(&self, references: &[Reference]) -> String {
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        let mut done = vec![false; references.len()];
        for (i, reference) in references.iter().enumerate() {
            let column = &self.sql[self.span(reference.first, reference.last)];
            let (first, behind) = self.operand(reference);
            let is_cast = behind > reference.last + 1;
            let Some(right) = self.equality(behind) else { continue };
            if let Some(end) = self.uuid_literal(right) {
                edits.push((self.span(first, behind - 1), column.to_owned()));
                edits.push((self.span(right, end - 1), format!("{}::uuid", self.text(right))));
                done[i] = true;
            } else if let Some((j, other)) =
                references.iter().enumerate().find(|(_, r)| self.operand(r).0 == right)
            {
                let (other_first, other_behind) = self.operand(other);
                let other_column = &self.sql[self.span(other.first, other.last)];
                if is_cast {
                    edits.push((self.span(first, behind - 1), column.to_owned()));
                }
                if other_behind > other.last + 1 {
                    edits.push((self.span(other_first, other_behind - 1), other_column.to_owned()));
                }
                (done[i], done[j]) = (true, true);
            }
        }
        for (reference, _) in references.iter().zip(&done).filter(|(_, done)| !**done) {
            let behind = reference.last + 1;
            let null = self.is(behind, "is") && (self.is(behind + 1, "null") || self.is(behind + 2, "null"));
            let (first, end) = self.operand(reference);
            let is_cast = end > behind;
            if reference.strip && is_cast {
                let column = &self.sql[self.span(reference.first, reference.last)];
                edits.push((self.span(first, end - 1), column.to_owned()));
                continue;
            }
            if reference.bare || null || is_cast {
                continue;
            }
            let column = &self.sql[self.span(reference.first, reference.last)];
            edits
                .push((self.span(reference.first, reference.last), format!("({column})::{}", reference.was)));
        }
        apply(self.sql, edits)
    }
}

fn adjacent_operator(text: &Text<'_>, at: usize) -> bool {
    matches!((text.tokens.get(at), text.tokens.get(at + 1)), (Some(a), Some(b))
        if a.end == b.start && b.kind == TokenKind::Other && !b.text(text.sql).starts_with(|c: char| c.is_ascii_digit()))
}

/// The text with spans of it replaced; the spans do not overlap.
pub(super) fn apply(sql: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(span, _)| span.start);
    edits.dedup();
    let mut out = String::with_capacity(sql.len() + 16 * edits.len());
    let mut at = 0;
    for (span, text) in edits {
        out.push_str(sql.get(at..span.start).unwrap_or_default());
        out.push_str(&text);
        at = span.end;
    }
    out.push_str(sql.get(at..).unwrap_or_default());
    out
}

/// Lower-case, with hyphens: as the server writes a uuid.
pub(super) fn is_canonical(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// An expression of a table's own (a check, a predicate), whose columns `was` knows by name.
pub(super) fn expression(sql: &str, was: &dyn Fn(&str) -> Option<String>) -> String {
    let text = Text::new(sql);
    let mut references = Vec::new();
    let mut at = 0;
    while at < text.tokens.len() {
        if !text.is_name(at) {
            at += 1;
            continue;
        }
        let end = text.chain(at);
        let typed = at > 0 && (text.is(at - 1, "::") || text.is(at - 1, ":") || text.is(at - 1, "collate"));
        if !typed
            && !text.is(end, "(")
            && let Some(was) = was(&text.name(end - 1))
        {
            references.push(Reference { first: at, last: end - 1, was, bare: false, strip: false });
        }
        at = end;
    }
    text.rewrite(&references)
}

/// The parts between the commas of a list: the first token of each and the token behind it.
pub(super) fn items(text: &Text<'_>, first: usize, close: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let (mut start, mut at) = (first, first);
    while at < close {
        if text.is(at, "(") {
            at = text.close(at);
        } else if text.is(at, ",") {
            found.push((start, at));
            start = at + 1;
        }
        at += 1;
    }
    if start < close {
        found.push((start, close));
    }
    found
}
