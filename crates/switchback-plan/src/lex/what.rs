//! What a statement does, in a few words for people: `create table git_repos`, `add column tasks.checked`.
//!
//! Only keywords and names are ever shown, never a literal: what a migration writes may be nobody's business.

use super::{Token, TokenKind};

/// The longest description, in characters.
const LONGEST: usize = 80;

/// Kinds of objects, longest first where one begins with another.
const KINDS: &[&str] = &[
    "unique index",
    "materialized view",
    "virtual table",
    "foreign table",
    "foreign data wrapper",
    "constraint trigger",
    "event trigger",
    "text search configuration",
    "text search dictionary",
    "text search parser",
    "text search template",
    "operator class",
    "operator family",
    "access method",
    "user mapping",
    "large object",
    "table",
    "index",
    "view",
    "function",
    "procedure",
    "routine",
    "aggregate",
    "trigger",
    "type",
    "domain",
    "policy",
    "sequence",
    "schema",
    "extension",
    "role",
    "user",
    "group",
    "rule",
    "statistics",
    "collation",
    "conversion",
    "cast",
    "server",
    "operator",
    "publication",
    "subscription",
    "database",
    "tablespace",
    "language",
    "transform",
    "column",
    "constraint",
];

/// Describes the statement that `tokens` (from its first to its last) are.
pub(crate) fn describe(text: &str, tokens: &[Token]) -> String {
    let words = Words { text, rest: tokens };
    let described = words.statement().unwrap_or_else(|| words.first_three());
    if described.len() <= LONGEST || described.chars().nth(LONGEST).is_none() {
        return described;
    }
    described.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// A position among the tokens of a statement; gaps are passed over. Nothing is copied: a set has thousands of
/// statements, and is read at each start of an application.
#[derive(Clone, Copy)]
struct Words<'t> {
    text: &'t str,
    rest: &'t [Token],
}

impl<'t> Words<'t> {
    /// The token here; the rest never begins with a gap.
    fn peek(&self) -> Option<&'t Token> {
        self.rest.first()
    }

    /// Goes on behind the token here.
    fn advance(&mut self) {
        let behind = self.rest.get(1..).unwrap_or_default();
        let next = behind.iter().position(|t| !t.is_gap()).unwrap_or(behind.len());
        self.rest = &behind[next..];
    }

    /// Goes on behind `words` (separated by blanks) if they are next.
    fn take(&mut self, words: &str) -> bool {
        // Most candidates differ in the first letter already.
        let letter = |text: &str| text.bytes().next().map(|b| b.to_ascii_lowercase());
        if self.peek().is_none_or(|t| letter(t.text(self.text)) != letter(words)) {
            return false;
        }
        let mut ahead = *self;
        for word in words.split(' ') {
            if !ahead.peek().is_some_and(|t| t.is_word(self.text, word)) {
                return false;
            }
            ahead.advance();
        }
        *self = ahead;
        true
    }

    /// Goes on behind each of the optional words that comes next.
    fn skip(&mut self, optional: &[&str]) {
        while optional.iter().any(|words| self.take(words)) {}
    }

    fn one_of(&mut self, choices: &[&'static str]) -> Option<&'static str> {
        choices.iter().copied().find(|words| self.take(words))
    }

    /// The next word in lower case.
    fn word(&mut self) -> Option<String> {
        let token = self.peek().filter(|t| t.kind == TokenKind::Word)?;
        self.advance();
        Some(token.text(self.text).to_lowercase())
    }

    /// A possibly qualified name, without its quotes.
    fn name(&mut self) -> Option<String> {
        let mut name = self.part()?;
        while self.peek().is_some_and(|t| t.kind == TokenKind::Dot) {
            self.advance();
            name.push('.');
            name.push_str(&self.part()?);
        }
        Some(name)
    }

    fn part(&mut self) -> Option<String> {
        let token = self.peek()?;
        let text = token.text(self.text);
        let part = match token.kind {
            TokenKind::Word => text.to_owned(),
            // SQLite takes a string for a name where only a name can be.
            TokenKind::Quoted | TokenKind::String if token.terminated && text.len() >= 2 => {
                let inner = text.get(1..text.len() - 1)?;
                inner.replace("\"\"", "\"").split_whitespace().collect::<Vec<_>>().join(" ")
            }
            _ => return None,
        };
        self.advance();
        Some(part)
    }

    /// `a, b, c`: every name of a list, each perhaps with arguments.
    fn names(&mut self) -> Option<String> {
        let mut names = self.name()?;
        loop {
            self.skip_arguments();
            let comma = self.peek().is_some_and(|t| t.text(self.text) == ",");
            if !comma || names.len() > LONGEST {
                return Some(names);
            }
            self.advance();
            self.skip(&["only"]);
            names.push_str(", ");
            names.push_str(&self.name()?);
        }
    }

    /// The arguments of a function, or the star of `t *`.
    fn skip_arguments(&mut self) {
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                _ if depth > 0 => {}
                TokenKind::Other if token.text(self.text) == "*" => {}
                _ => break,
            }
            self.advance();
        }
    }

    fn first_three(mut self) -> String {
        let mut words = Vec::with_capacity(3);
        while words.len() < 3
            && let Some(word) = self.word()
        {
            words.push(word);
        }
        if words.is_empty() { "statement".to_owned() } else { words.join(" ") }
    }

    fn statement(mut self) -> Option<String> {
        if self.take("with") {
            self.behind_with();
        }
        let verb = self.word()?;
        match verb.as_str() {
            "create" => self.create(),
            "drop" => self.drop(),
            "alter" => self.alter(),
            "update" => {
                self.take("or").then(|| self.word());
                self.skip(&["only"]);
                Some(format!("update {}", self.name()?))
            }
            "insert" | "replace" | "merge" => {
                self.take("or").then(|| self.word());
                if !self.take("into") {
                    return None;
                }
                self.skip(&["only"]);
                Some(format!("{verb} into {}", self.name()?))
            }
            "delete" => {
                if !self.take("from") {
                    return None;
                }
                self.skip(&["only"]);
                Some(format!("delete from {}", self.name()?))
            }
            "truncate" => {
                self.skip(&["table", "only"]);
                Some(format!("truncate {}", self.names()?))
            }
            "lock" => {
                self.skip(&["table", "only"]);
                Some(format!("lock {}", self.names()?))
            }
            "copy" | "call" | "reset" => Some(format!("{verb} {}", self.name()?)),
            "select" | "values" | "grant" | "revoke" => Some(verb),
            "do" => Some("do block".to_owned()),
            "set" => {
                self.skip(&["local", "session"]);
                Some(format!("set {}", self.name()?))
            }
            "pragma" => Some(format!("pragma {}", self.name()?)),
            "comment" => {
                self.take("on");
                let kind = self.one_of(KINDS)?;
                Some(format!("comment on {kind} {}", self.name()?))
            }
            "refresh" => {
                if !self.take("materialized view") {
                    return None;
                }
                self.skip(&["concurrently"]);
                Some(format!("refresh materialized view {}", self.name()?))
            }
            "reindex" => {
                let kind = self.one_of(&["index", "table", "schema", "database"])?;
                self.skip(&["concurrently"]);
                Some(format!("reindex {kind} {}", self.name()?))
            }
            _ => None,
        }
    }

    /// Goes on at the verb behind the named queries of WITH.
    fn behind_with(&mut self) {
        let mut depth = 0_usize;
        let verb = |t: &Token| {
            ["select", "insert", "update", "delete", "merge", "replace", "values"]
                .iter()
                .any(|v| t.is_word(self.text, v))
        };
        let found = self.rest.iter().position(|token| {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && verb(token)
        });
        if let Some(at) = found {
            self.rest = &self.rest[at..];
        }
    }

    fn create(&mut self) -> Option<String> {
        self.skip(&[
            "or replace",
            "temp",
            "temporary",
            "unlogged",
            "global",
            "local",
            "recursive",
            "trusted",
            "procedural",
            "default",
        ]);
        let kind = self.one_of(KINDS)?;
        self.skip(&["concurrently", "if not exists"]);
        let name = match self.take("on") {
            // An index without a name.
            true => format!("on {}", self.name()?),
            false => self.name().unwrap_or_default(),
        };
        Some(format!("create {kind} {name}").trim_end().to_owned())
    }

    fn drop(&mut self) -> Option<String> {
        let kind = self.one_of(KINDS)?;
        self.skip(&["concurrently", "if exists"]);
        let names = self.names().unwrap_or_default();
        Some(format!("drop {kind} {names}").trim_end().to_owned())
    }

    fn alter(&mut self) -> Option<String> {
        let kind = self.one_of(KINDS)?;
        self.skip(&["if exists", "only"]);
        let name = self.name()?;
        self.skip_arguments();
        if self.take("rename to") {
            return Some(format!("rename {kind} {name} to {}", self.name()?));
        }
        let described = match kind {
            "table" | "foreign table" => self.alter_table(&name),
            _ => None,
        };
        let described = described.unwrap_or_else(|| {
            let action = self.first_three();
            format!("alter {kind} {name} {action}")
        });
        Some(match self.further_actions() {
            0 => described,
            n => format!("{described} and {n} more"),
        })
    }

    /// Commas outside of parentheses and brackets, from here on.
    fn further_actions(&self) -> usize {
        let mut depth = 0_usize;
        let mut commas = 0;
        for token in self.rest {
            match token.text(self.text) {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                "," if depth == 0 => commas += 1,
                _ => {}
            }
        }
        commas
    }

    fn alter_table(mut self, table: &str) -> Option<String> {
        let constraint = |words: &mut Self, verb: &str| {
            words.skip(&["if exists"]);
            Some(format!("{verb} constraint {table}.{}", words.name()?))
        };
        match self.one_of(&["add", "drop", "alter", "rename", "validate", "attach", "detach"])? {
            "add" => {
                if self.take("constraint") {
                    return constraint(&mut self, "add");
                }
                if let Some(kind) =
                    self.one_of(&["primary key", "foreign key", "unique", "check", "exclude", "not null"])
                {
                    return Some(format!("add {kind} to {table}"));
                }
                self.skip(&["column", "if not exists"]);
                Some(format!("add column {table}.{}", self.part()?))
            }
            "drop" => {
                if self.take("constraint") {
                    return constraint(&mut self, "drop");
                }
                self.skip(&["column", "if exists"]);
                Some(format!("drop column {table}.{}", self.part()?))
            }
            "alter" => {
                if self.take("constraint") {
                    return constraint(&mut self, "alter");
                }
                self.skip(&["column"]);
                Some(format!("alter column {table}.{}", self.part()?))
            }
            "rename" => {
                let kind = if self.take("constraint") { "constraint" } else { "column" };
                self.skip(&["column"]);
                let old = self.part()?;
                self.take("to")
                    .then(|| self.part())?
                    .map(|new| format!("rename {kind} {table}.{old} to {new}"))
            }
            "validate" => self.take("constraint").then(|| constraint(&mut self, "validate"))?,
            "attach" => self
                .take("partition")
                .then(|| self.name())?
                .map(|p| format!("attach partition {p} to {table}")),
            "detach" => self
                .take("partition")
                .then(|| self.name())?
                .map(|p| format!("detach partition {p} from {table}")),
            _ => None,
        }
    }
}
