//! A text as statements, seen from afar: where they begin and end and what their first words are. Where the engine is
//! not known, this has to do for the SQL of both, so bodies of either are recognised.

use crate::Dialect;
use crate::lex::{TokenKind, lex};

/// Enough to tell `CREATE UNIQUE INDEX CONCURRENTLY` and `ALTER TABLE a.b DETACH PARTITION c.d CONCURRENTLY` apart.
const WORDS: usize = 12;

/// A statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// The first byte of its first token.
    pub(super) start: usize,
    /// Behind its last token; the semicolon, where there is one, included.
    pub(super) end: usize,
    /// Whether a semicolon ends it.
    pub(super) ended: bool,
    /// Its first bare words, in capitals.
    pub(super) words: Vec<String>,
    /// How many tokens it has, without the semicolon.
    pub(super) tokens: usize,
}

impl Seen {
    /// Whether it begins with these words.
    pub(super) fn begins(&self, words: &[&str]) -> bool {
        self.words.len() >= words.len() && self.words.iter().zip(words).all(|(a, b)| a == b)
    }

    /// Whether it consists of these words and nothing else.
    pub(super) fn is(&self, words: &[&str]) -> bool {
        self.tokens == words.len() && self.words.len() == words.len() && self.begins(words)
    }
}

/// The statements of a text.
pub(super) fn statements(dialect: Option<Dialect>, text: &str) -> Vec<Seen> {
    let mut all = Vec::new();
    let mut current: Option<Seen> = None;
    let mut body = Body::default();
    // PostgreSQL's tokens include SQLite's, but for brackets and backticks around names.
    for token in lex(dialect.unwrap_or(Dialect::Postgres), text) {
        if token.is_gap() {
            continue;
        }
        if token.kind == TokenKind::Semicolon && !body.is_open() {
            // A lone semicolon is no statement.
            if let Some(mut seen) = current.take() {
                seen.end = token.end;
                seen.ended = true;
                all.push(seen);
            }
            body = Body::default();
            continue;
        }
        let seen = current.get_or_insert(Seen {
            start: token.start,
            end: token.end,
            ended: false,
            words: Vec::new(),
            tokens: 0,
        });
        seen.end = token.end;
        seen.tokens += 1;
        match token.kind {
            TokenKind::Word => {
                let word = token.text(text).to_ascii_uppercase();
                body.word(seen, &word);
                if seen.words.len() < WORDS {
                    seen.words.push(word);
                }
            }
            TokenKind::Open => body.parens += 1,
            TokenKind::Close => body.parens = body.parens.saturating_sub(1),
            TokenKind::Space
            | TokenKind::LineComment
            | TokenKind::BlockComment
            | TokenKind::Quoted
            | TokenKind::String
            | TokenKind::Parameter
            | TokenKind::Semicolon
            | TokenKind::Dot
            | TokenKind::Other => {}
        }
    }
    all.extend(current);
    all
}

/// Semicolons inside the body of a trigger (SQLite), of a SQL-standard function (PostgreSQL's BEGIN ATOMIC) or between
/// the parentheses of a rule do not end the statement.
#[derive(Default)]
struct Body {
    parens: usize,
    blocks: usize,
    last: String,
}

impl Body {
    fn is_open(&self) -> bool {
        self.parens > 0 || self.blocks > 0
    }

    fn word(&mut self, seen: &Seen, word: &str) {
        let creates = seen.words.first().is_some_and(|first| first == "CREATE");
        match word {
            "BEGIN" if self.blocks == 0 && creates && seen.words.iter().any(|w| w == "TRIGGER") => {
                self.blocks = 1;
            }
            "ATOMIC" if self.blocks == 0 && creates && self.last == "BEGIN" => self.blocks = 1,
            "CASE" if self.blocks > 0 => self.blocks += 1,
            "END" if self.blocks > 0 => self.blocks -= 1,
            _ => {}
        }
        word.clone_into(&mut self.last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn first_words(text: &str) -> Vec<String> {
        statements(None, text)
            .iter()
            .map(|s| s.words.iter().take(2).cloned().collect::<Vec<_>>().join(" "))
            .collect()
    }

    #[test]
    fn semicolons_in_quotes_comments_and_bodies_end_nothing() {
        assert_eq!(
            first_words(
                "-- a; b\n/* c; /* d; */ e; */ insert into t values (';', \"x;y\");
                 create function f() returns void as $$ begin; end; $$ language plpgsql;;
                 create temp trigger tr after update on t when case when 1 then 0 end begin
                   update t set a = case when a then 1 else 2 end; delete from u; end;
                 create function g() returns int language sql begin atomic select 1; select case 2 when 1 then 2 end; end;
                 create rule r as on insert to t do also (delete from a; delete from b);
                 end"
            ),
            ["INSERT INTO", "CREATE FUNCTION", "CREATE TEMP", "CREATE FUNCTION", "CREATE RULE", "END"]
        );
    }

    #[test]
    fn a_text_of_comments_has_no_statement() {
        assert_eq!(statements(None, "-- nothing\n\n/* here */ ;\n"), []);
    }

    proptest! {
        #[test]
        fn any_text_is_scanned_within_its_bounds(text in "\\PC*", dialect in proptest::option::of(proptest::sample::select(Dialect::ALL.to_vec()))) {
            let mut last = 0;
            for seen in statements(dialect, &text) {
                prop_assert!(last <= seen.start && seen.start < seen.end && seen.end <= text.len());
                prop_assert!(text.is_char_boundary(seen.start) && text.is_char_boundary(seen.end));
                last = seen.end;
            }
        }
    }
}
