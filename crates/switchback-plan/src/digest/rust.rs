//! The digest of Rust: over its tokens, so that formatting and comments change nothing.

use super::tagged;
use crate::error::{Error, ErrorKind, Location, Result};
use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use sha2::{Digest as _, Sha256};
use std::ops::Range;

/// `sha256:…` over the tokens of a Rust file: no white space, no comments (doc comments neither), no trailing commas.
///
/// # Errors
/// [`ErrorKind::Source`], with the line, where the text is not made of Rust tokens.
pub fn of_rust(text: &str) -> Result<String> {
    Ok(RustSides { tokens: parse(text)?, items: Vec::new(), functions: Vec::new() }.digest(&(0..0)))
}

/// A file of Rust, of which single functions can be left out.
#[derive(Debug)]
pub struct RustSides {
    /// The names of the functions at the top level, in order.
    pub functions: Vec<String>,
    /// The tokens of each of them, attributes and visibility included.
    items: Vec<Range<usize>>,
    tokens: Vec<TokenTree>,
}

/// Finds the functions at the top level of a Rust file.
///
/// # Errors
/// [`ErrorKind::Source`], with the line, where the text is not made of Rust tokens.
pub fn rust_sides(text: &str) -> Result<RustSides> {
    let tokens = parse(text)?;
    let mut sides = RustSides { functions: Vec::new(), items: Vec::new(), tokens: Vec::new() };
    let mut at = 0;
    while at < tokens.len() {
        if is_ident(&tokens[at], "fn")
            && let Some(TokenTree::Ident(name)) = tokens.get(at + 1)
        {
            let start = item_start(&tokens, at);
            let body = |t: &TokenTree| matches!(t, TokenTree::Group(g) if g.delimiter() == Delimiter::Brace);
            let end = tokens[at..].iter().position(body).map_or(tokens.len(), |i| at + i + 1);
            sides.functions.push(name.to_string());
            sides.items.push(start..end);
            at = end;
        } else {
            at += 1;
        }
    }
    sides.tokens = tokens;
    Ok(sides)
}

impl RustSides {
    /// `sha256:…` over the file without that function.
    pub fn without(&self, function: &str) -> String {
        let item = self.functions.iter().position(|f| f == function).map(|i| self.items[i].clone());
        self.digest(&item.unwrap_or(0..0))
    }

    fn digest(&self, without: &Range<usize>) -> String {
        let mut hasher = Sha256::new();
        let kept: Vec<TokenTree> =
            self.tokens[..without.start].iter().chain(&self.tokens[without.end..]).cloned().collect();
        feed(&mut hasher, &kept, false);
        tagged(&hasher.finalize())
    }
}

fn parse(text: &str) -> Result<Vec<TokenTree>> {
    match text.parse::<TokenStream>() {
        Ok(stream) => Ok(stream.into_iter().collect()),
        Err(error) => {
            let start = error.span().start();
            let line = text.lines().nth(start.line.saturating_sub(1));
            let location = Location {
                file: String::new(),
                line: Some(start.line.max(1)),
                column: Some(start.column + 1),
                source_line: line.map(str::to_owned),
            };
            Err(Error::new(ErrorKind::Source, "the file is not made of Rust tokens")
                .at(location)
                .hint("let the compiler say more: `cargo check`"))
        }
    }
}

/// Where the item begins whose `fn` is at `at`: with its attributes, visibility and qualifiers.
fn item_start(tokens: &[TokenTree], at: usize) -> usize {
    let mut start = at;
    while start > 0 {
        let token = &tokens[start - 1];
        let qualifier = ["pub", "const", "async", "unsafe", "extern"].iter().any(|q| is_ident(token, q));
        let group = |d| matches!(token, TokenTree::Group(g) if g.delimiter() == d);
        let before = |i: usize, f: &dyn Fn(&TokenTree) -> bool| start > i && f(&tokens[start - 1 - i]);
        if qualifier || matches!(token, TokenTree::Literal(_)) {
            start -= 1;
        } else if (group(Delimiter::Bracket) && before(1, &|t| is_punct(t, '#')))
            || (group(Delimiter::Parenthesis) && before(1, &|t| is_ident(t, "pub")))
        {
            start -= 2;
        } else {
            break;
        }
    }
    start
}

fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(i) if i == name)
}

fn is_punct(token: &TokenTree, c: char) -> bool {
    matches!(token, TokenTree::Punct(p) if p.as_char() == c)
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(g) if g.delimiter() == delimiter)
}

/// Hashes tokens one by one, each behind a byte that no token contains.
fn feed(hasher: &mut Sha256, tokens: &[TokenTree], call: bool) {
    let mut before: Option<&TokenTree> = None;
    let mut in_where = false;
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        if let Some(length) = doc_comment(&tokens[at..]) {
            at += length;
            continue;
        }
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                in_where &= group.delimiter() != Delimiter::Brace;
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let tuple = group.delimiter() == Delimiter::Parenthesis
                    && !before.is_some_and(|b| ends_operand(b) || is_punct(b, '!') || is_punct(b, '>'));
                put(hasher, open);
                feed(hasher, &inner, !tuple);
                put(hasher, close);
            }
            TokenTree::Punct(punct) if punct.as_char() == ',' => {
                if !is_formatting(tokens, at, call, in_where) {
                    put(hasher, ",");
                }
            }
            TokenTree::Punct(punct) => {
                in_where &= punct.as_char() != ';';
                let c = punct.as_char();
                put(hasher, c.encode_utf8(&mut [0; 4]));
                // `a && b` is not `a & &b`; everywhere else blanks between the characters of an operator either
                // do not compile or (`>>` of two generics, `=-1`) are the formatter's business.
                if matches!(c, '&' | '|')
                    && punct.spacing() == Spacing::Joint
                    && before.is_some_and(ends_operand)
                    && tokens.get(at + 1).is_some_and(|t| is_punct(t, c))
                {
                    hasher.update([1]);
                }
            }
            TokenTree::Ident(ident) => {
                in_where |= ident == "where";
                put(hasher, &ident.to_string());
            }
            TokenTree::Literal(literal) => put(hasher, &literal.to_string()),
        }
        before = Some(token);
        at += 1;
    }
}

fn put(hasher: &mut Sha256, token: &str) {
    hasher.update([0]);
    hasher.update(token.as_bytes());
}

/// The number of tokens of a doc comment, `#[doc = "…"]` or `#![doc = "…"]`, at the beginning of `tokens`.
fn doc_comment(tokens: &[TokenTree]) -> Option<usize> {
    if !is_punct(tokens.first()?, '#') {
        return None;
    }
    let inner = usize::from(is_punct(tokens.get(1)?, '!'));
    match tokens.get(1 + inner)? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
            let mut stream = group.stream().into_iter();
            let doc = stream.next().is_some_and(|t| is_ident(&t, "doc"));
            (doc && stream.next().is_some_and(|t| is_punct(&t, '='))).then_some(2 + inner)
        }
        _ => None,
    }
}

/// True for a token behind which an operator has a left side.
fn ends_operand(token: &TokenTree) -> bool {
    const KEYWORDS: [&str; 16] = [
        "as", "break", "else", "for", "if", "in", "let", "loop", "match", "move", "mut", "ref", "return",
        "while", "dyn", "impl",
    ];
    match token {
        TokenTree::Group(_) | TokenTree::Literal(_) => true,
        TokenTree::Ident(ident) => !KEYWORDS.iter().any(|k| ident == k),
        TokenTree::Punct(punct) => punct.as_char() == '?',
    }
}

/// True for a comma that a formatter may add or remove.
fn is_formatting(tokens: &[TokenTree], at: usize, call: bool, in_where: bool) -> bool {
    match tokens.get(at + 1) {
        // Before a closing delimiter; but `(x,)` is a tuple of one and `(x)` is not.
        None => call || tokens[..at].iter().any(|t| is_punct(t, ',')),
        // `Map<K, V,>`, and `where T: Copy, {`.
        Some(next) if is_punct(next, '>') => true,
        Some(next) if in_where && is_group(next, Delimiter::Brace) => true,
        // `Arm => { … },`
        Some(_) => {
            at >= 3
                && is_group(&tokens[at - 1], Delimiter::Brace)
                && is_punct(&tokens[at - 2], '>')
                && is_punct(&tokens[at - 3], '=')
        }
    }
}
