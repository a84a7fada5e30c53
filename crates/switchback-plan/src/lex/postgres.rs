//! PostgreSQL's tokens, by `squawk-lexer`.
//!
//! Four things it reads otherwise than the server does are read here first: backslashes in `E'…'` (with their
//! continuation on the next line), dollar quotes (whose tag may occur in the body without being its end), identifiers
//! beyond Latin-1, and line comments that end with a carriage return.

use super::{Token, TokenKind};
use squawk_lexer::{LiteralKind, TokenKind as Squawk, tokenize};

pub(super) fn lex(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut tokens: Vec<Token> = Vec::with_capacity(bytes.len() / 5 + 1);
    let mut start = 0;
    while start < bytes.len() {
        let (kind, length, terminated) = own(&bytes[start..]).unwrap_or_else(|| squawk(&text[start..]));
        let end = (start + length.max(1)).min(bytes.len());
        match tokens.last_mut() {
            // `:name`, but not the second colon of a cast.
            Some(last) if kind == TokenKind::Word && is_single_colon(bytes, last) => {
                *last = Token { kind: TokenKind::Parameter, start: last.start, end, terminated };
            }
            _ => tokens.push(Token { kind, start, end, terminated }),
        }
        start = end;
    }
    tokens
}

fn is_single_colon(bytes: &[u8], last: &Token) -> bool {
    last.end - last.start == 1
        && bytes[last.start] == b':'
        && (last.start == 0 || bytes[last.start - 1] != b':')
}

/// What squawk's tokenizer does not read as the server does.
fn own(rest: &[u8]) -> Option<(TokenKind, usize, bool)> {
    match rest[0] {
        b'e' | b'E' if rest.get(1) == Some(&b'\'') => {
            let (length, terminated) = escape_string(rest);
            Some((TokenKind::String, length, terminated))
        }
        b'$' => Some(dollar_quote(rest)),
        b'-' if rest.get(1) == Some(&b'-') => {
            let length = rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len());
            Some((TokenKind::LineComment, length, true))
        }
        b if is_word_start(b) => {
            let length = rest.iter().position(|b| !is_word(*b)).unwrap_or(rest.len());
            // The prefix of a string (`B'…'`, `X'…'`, `U&'…'`) is squawk's to read.
            let prefix = length == 1 && matches!(rest.get(1), Some(b'\'' | b'&'));
            (!prefix).then_some((TokenKind::Word, length, true))
        }
        _ => None,
    }
}

fn squawk(rest: &str) -> (TokenKind, usize, bool) {
    let Some(token) = tokenize(rest).next() else { return (TokenKind::Other, rest.len(), true) };
    let (kind, terminated) = match token.kind {
        Squawk::Whitespace => (TokenKind::Space, true),
        Squawk::LineComment => (TokenKind::LineComment, true),
        Squawk::BlockComment { terminated } => (TokenKind::BlockComment, terminated),
        Squawk::QuotedIdent { terminated } => (TokenKind::Quoted, terminated),
        Squawk::Ident | Squawk::UnknownPrefix => (TokenKind::Word, true),
        Squawk::Semi => (TokenKind::Semicolon, true),
        Squawk::OpenParen => (TokenKind::Open, true),
        Squawk::CloseParen => (TokenKind::Close, true),
        Squawk::Dot => (TokenKind::Dot, true),
        Squawk::Literal { kind } => match kind {
            LiteralKind::Int { .. } | LiteralKind::Float { .. } => (TokenKind::Other, true),
            LiteralKind::Str { terminated }
            | LiteralKind::ByteStr { terminated }
            | LiteralKind::BitStr { terminated }
            | LiteralKind::DollarQuotedString { terminated }
            | LiteralKind::UnicodeEscStr { terminated }
            | LiteralKind::EscStr { terminated } => (TokenKind::String, terminated),
        },
        _ => (TokenKind::Other, true),
    };
    (kind, token.len as usize, terminated)
}

/// `E'…'`, whose backslashes escape, together with its continuations on further lines (where they escape too).
fn escape_string(rest: &[u8]) -> (usize, bool) {
    let mut at = 2;
    loop {
        match rest.get(at) {
            None => return (rest.len(), false),
            Some(b'\\') => at += 2,
            Some(b'\'') if rest.get(at + 1) == Some(&b'\'') => at += 2,
            Some(b'\'') => match continuation(rest, at + 1) {
                Some(next) => at = next,
                None => return (at + 1, true),
            },
            Some(_) => at += 1,
        }
    }
}

/// The byte behind the quote that continues a string: only white space with a line break (and comments) may be between.
fn continuation(rest: &[u8], from: usize) -> Option<usize> {
    let mut line_break = false;
    let mut at = from;
    loop {
        match rest.get(at)? {
            b'\n' | b'\r' => line_break = true,
            b' ' | b'\t' | b'\x0b' | b'\x0c' => {}
            b'-' if line_break && rest.get(at + 1) == Some(&b'-') => {
                at += rest[at..].iter().position(|b| matches!(b, b'\n' | b'\r'))?;
            }
            b'\'' if line_break => return Some(at + 1),
            _ => return None,
        }
        at += 1;
    }
}

/// `$tag$ … $tag$`, or a parameter (`$1`), or a dollar that begins nothing.
fn dollar_quote(rest: &[u8]) -> (TokenKind, usize, bool) {
    let tag = rest[1..].iter().position(|b| *b == b'$' || !is_word(*b)).unwrap_or(rest.len() - 1);
    let valid = rest.get(1 + tag) == Some(&b'$') && (tag == 0 || is_word_start(rest[1]));
    if !valid {
        let digits = rest[1..].iter().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len() - 1);
        return (TokenKind::Other, 1 + digits, true);
    }
    let open = &rest[..tag + 2];
    let mut at = open.len();
    while let Some(next) = rest[at..].iter().position(|b| *b == b'$') {
        at += next;
        if rest[at..].starts_with(open) {
            return (TokenKind::String, at + open.len(), true);
        }
        at += 1;
    }
    (TokenKind::String, rest.len(), false)
}

/// The server takes every byte beyond ASCII for a letter.
fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte > 0x7f
}

fn is_word(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}
