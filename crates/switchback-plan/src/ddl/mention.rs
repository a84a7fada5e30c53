//! Which names a text mentions.

use super::token::{Token, TokenType, tokens, unquote};
use crate::error::Result;
use std::collections::BTreeSet;

/// The names that a text mentions, in lower case: every token that may name a table or column there. What stands in a
/// string or comment is none, nor is the name of a function. It may be more than the text refers to (an alias is a name
/// as well), never less; `*` mentions nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions(BTreeSet<String>);

impl Mentions {
    /// Whether that name is among them, whatever the case.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(&name.to_ascii_lowercase())
    }
}

/// The names in a text.
///
/// # Errors
/// When it has what is no token.
pub fn mentions(sql: &str) -> Result<Mentions> {
    let tokens = tokens(sql)?;
    let mut names = BTreeSet::new();
    for (i, token) in tokens.iter().enumerate() {
        if may_be_name(&tokens, i) {
            names.insert(unquote(&sql[token.span()]).to_ascii_lowercase());
        }
    }
    Ok(Mentions(names))
}

fn may_be_name(tokens: &[Token], i: usize) -> bool {
    let token = &tokens[i];
    let named = token.is_id() || matches!(token.kind, TokenType::TK_INDEXED | TokenType::TK_JOIN_KW);
    let before = i.checked_sub(1).and_then(|b| tokens.get(b)).map(|t| t.kind);
    // `INSERT INTO t (…)`, `ON t (…)`, `REFERENCES t (…)`, `WITH t (…)`: a name with its columns.
    let call = tokens.get(i + 1).is_some_and(|t| t.kind == TokenType::TK_LP)
        && !matches!(
            before,
            Some(
                TokenType::TK_INTO
                    | TokenType::TK_ON
                    | TokenType::TK_REFERENCES
                    | TokenType::TK_DOT
                    | TokenType::TK_FROM
                    | TokenType::TK_JOIN
                    | TokenType::TK_IN
            )
        );
    named && !call && before != Some(TokenType::TK_COLLATE)
}
