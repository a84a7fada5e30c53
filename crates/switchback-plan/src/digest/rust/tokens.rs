//! Tokens of Rust, hashed so that nothing a formatter does changes the hash.

use proc_macro2::{Delimiter, Spacing, TokenTree};
use sha2::{Digest as _, Sha256};

pub(super) fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(i) if i == name)
}

pub(super) fn is_punct(token: &TokenTree, c: char) -> bool {
    matches!(token, TokenTree::Punct(p) if p.as_char() == c)
}

/// Hashes tokens one by one, each behind a byte that no token contains. `call` is false in a tuple.
pub(super) fn feed(hasher: &mut Sha256, tokens: &[TokenTree], call: bool) {
    let mut before: Option<&TokenTree> = None;
    let mut in_where = false;
    let mut pipes = Pipes::default();
    // Set behind a match arm's block: whether it was the block of a bare expression.
    let mut arm: Option<bool> = None;
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        if let Some(length) = doc_comment(&tokens[at..]) {
            at += length;
            continue;
        }
        let (imports, length) = uses(&tokens[at..]);
        if length > 0 {
            imports.iter().for_each(|import| put(hasher, import));
            before = None;
            at += length;
            continue;
        }
        let behind_arm = arm.take();
        if behind_arm == Some(true) && !is_punct(token, ',') {
            put(hasher, ",");
        }
        let behind_closure = pipes.read(token, before);
        match token {
            TokenTree::Group(group) => {
                in_where &= group.delimiter() != Delimiter::Brace;
                let is_arm = at >= 2 && is_punct(&tokens[at - 1], '>') && is_punct(&tokens[at - 2], '=');
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let block = group.delimiter() == Delimiter::Brace && (is_arm || behind_closure);
                let bare = block && is_expression(&inner);
                if block && is_arm {
                    arm = Some(bare);
                }
                if bare {
                    // `|x| { x + 1 }` and `A => { 1 }` are what the formatter may write for `|x| x + 1` and `A => 1,`.
                    feed(hasher, unwrapped(&inner).as_deref().unwrap_or(&inner), true);
                } else {
                    let tuple = group.delimiter() == Delimiter::Parenthesis
                        && !before.is_some_and(|b| ends_operand(b) || is_punct(b, '!') || is_punct(b, '>'));
                    let (open, close) = delimiters(group.delimiter());
                    put(hasher, open);
                    feed(hasher, &inner, !tuple);
                    put(hasher, close);
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == ',' => {
                if behind_arm != Some(false) && !is_formatting(tokens, at, call, in_where) {
                    put(hasher, ",");
                }
            }
            TokenTree::Punct(_) if is_jump_semicolon(tokens, at) => {}
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

fn delimiters(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

/// True for the content of a block that is one expression.
fn is_expression(tokens: &[TokenTree]) -> bool {
    let mut semicolons = tokens.iter().enumerate().filter(|(_, t)| is_punct(t, ';'));
    !tokens.is_empty() && semicolons.all(|(at, _)| is_jump_semicolon(tokens, at))
}

/// True for the semicolon in `{ return x; }`, which formatters add.
fn is_jump_semicolon(tokens: &[TokenTree], at: usize) -> bool {
    if at + 1 != tokens.len() || !is_punct(&tokens[at], ';') {
        return false;
    }
    let statement = tokens[..at].rsplit(|t| is_punct(t, ';')).next().unwrap_or_default();
    let jump = |t: &TokenTree| ["return", "break", "continue"].iter().any(|k| is_ident(t, k));
    statement.first().is_some_and(jump)
}

/// The inside of blocks in blocks: `{ { x } }`.
fn unwrapped(tokens: &[TokenTree]) -> Option<Vec<TokenTree>> {
    let [TokenTree::Group(group)] = tokens else { return None };
    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
    let bare = group.delimiter() == Delimiter::Brace && is_expression(&inner);
    bare.then(|| unwrapped(&inner).unwrap_or(inner))
}

/// Finds the pipes around a closure's parameters.
#[derive(Default)]
struct Pipes {
    open: bool,
    closed: bool,
}

impl Pipes {
    /// True for the token right behind the closing pipe.
    fn read(&mut self, token: &TokenTree, before: Option<&TokenTree>) -> bool {
        let behind = std::mem::take(&mut self.closed);
        if is_punct(token, '|') {
            if self.open {
                self.open = false;
                self.closed = true;
            } else {
                self.open = !before.is_some_and(ends_operand);
            }
        }
        behind
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
        Some(next) => in_where && matches!(next, TokenTree::Group(g) if g.delimiter() == Delimiter::Brace),
    }
}

/// The imports that `tokens` begin with, sorted, for their order means nothing and formatters change it; and how many
/// tokens they are.
fn uses(tokens: &[TokenTree]) -> (Vec<String>, usize) {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(length) = one_use(&tokens[at..]) {
        found.push(use_tree(&tokens[at..at + length]));
        at += length;
    }
    found.sort_unstable();
    (found, at)
}

/// The number of tokens of `[#[…]] [pub [(…)]] use …;`.
fn one_use(tokens: &[TokenTree]) -> Option<usize> {
    let mut at = 0;
    while is_punct(tokens.get(at)?, '#') && matches!(tokens.get(at + 1)?, TokenTree::Group(_)) {
        at += 2;
    }
    if is_ident(tokens.get(at)?, "pub") {
        at += 1;
        at += usize::from(matches!(tokens.get(at)?, TokenTree::Group(_)));
    }
    if !is_ident(tokens.get(at)?, "use") {
        return None;
    }
    // `use` also stands in `impl Trait + use<'a>`, where no path follows.
    let path = match tokens.get(at + 1)? {
        TokenTree::Ident(_) => true,
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is_punct(token, ':'),
    };
    let length = tokens[at..].iter().position(|t| is_punct(t, ';'))? + at + 1;
    path.then_some(length)
}

/// The text of an import, the names in its braces sorted.
fn use_tree(tokens: &[TokenTree]) -> String {
    let mut text = String::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some(length) = doc_comment(&tokens[at..]) {
            at += length;
            continue;
        }
        text.push('\0');
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let mut names: Vec<String> =
                    inner.split(|t| is_punct(t, ',')).filter(|n| !n.is_empty()).map(use_tree).collect();
                names.sort_unstable();
                match names.as_slice() {
                    [name] if name != "\0self" => text.push_str(&name[1..]),
                    names => text.push_str(&format!("{{{}\0}}", names.join("\0,"))),
                }
            }
            TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {
                text.push_str(&token.to_string());
            }
        }
        at += 1;
    }
    text
}
