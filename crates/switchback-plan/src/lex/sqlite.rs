//! SQLite's tokens, by the tokenizer of `sqlite3-parser`.

use super::{Token, TokenKind};
use sqlite3_parser::lexer::Splitter;
use sqlite3_parser::lexer::sql::{Error, TokenType, Tokenizer};

pub(super) fn lex(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    // The splitter, not the scanner around it: the scanner counts lines from the beginning for each log record.
    let mut splitter = Tokenizer::new();
    let mut tokens = Vec::with_capacity(bytes.len() / 5 + 1);
    let mut start = 0;
    while start < bytes.len() {
        let rest = &bytes[start..];
        let (kind, length, terminated) = match splitter.split(rest) {
            Ok((None, length)) => gap(rest, length),
            Ok((Some((_, token)), length)) => (kind(token, rest), length, true),
            Err(error) => degrade(&error, rest),
        };
        let end = (start + length.max(1)).min(bytes.len());
        tokens.push(Token { kind, start, end, terminated });
        start = end;
    }
    tokens
}

fn gap(rest: &[u8], length: usize) -> (TokenKind, usize, bool) {
    match rest[0] {
        // The tokenizer eats the end of the line too.
        b'-' => (TokenKind::LineComment, length - usize::from(rest[..length].ends_with(b"\n")), true),
        b'/' => (TokenKind::BlockComment, length, true),
        _ => (TokenKind::Space, length, true),
    }
}

fn kind(token: TokenType, rest: &[u8]) -> TokenKind {
    match token {
        TokenType::TK_SEMI => TokenKind::Semicolon,
        TokenType::TK_LP => TokenKind::Open,
        TokenType::TK_RP => TokenKind::Close,
        TokenType::TK_DOT => TokenKind::Dot,
        TokenType::TK_STRING | TokenType::TK_BLOB => TokenKind::String,
        TokenType::TK_VARIABLE if rest[0] == b':' => TokenKind::Parameter,
        TokenType::TK_VARIABLE => TokenKind::Other,
        _ if matches!(rest[0], b'"' | b'`' | b'[') => TokenKind::Quoted,
        _ if is_word_byte(rest[0]) && !rest[0].is_ascii_digit() => TokenKind::Word,
        _ => TokenKind::Other,
    }
}

/// What the tokenizer refuses: the smallest piece that lets the rest be read as SQLite would.
fn degrade(error: &Error, rest: &[u8]) -> (TokenKind, usize, bool) {
    match error {
        // SQLite itself takes this for a comment up to the end.
        Error::UnterminatedBlockComment(_) => (TokenKind::BlockComment, rest.len(), false),
        Error::UnterminatedBracket(_) => (TokenKind::Quoted, rest.len(), false),
        Error::UnterminatedLiteral(_) if rest[0] == b'\'' => (TokenKind::String, rest.len(), false),
        Error::UnterminatedLiteral(_) => (TokenKind::Quoted, rest.len(), false),
        _ if is_word_byte(rest[0]) => {
            (TokenKind::Other, rest.iter().position(|b| !is_word_byte(*b)).unwrap_or(rest.len()), true)
        }
        _ => (TokenKind::Other, 1, true),
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte > 0x7f
}
