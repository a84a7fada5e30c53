//! The digest of Rust: over its tokens, so that formatting and comments change nothing.

mod tokens;

use super::tagged;
use crate::error::{Error, ErrorKind, Location, Result};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use sha2::{Digest as _, Sha256};
use std::ops::Range;
use tokens::{feed, is_ident, is_punct};

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AS_WRITTEN: &str = r##"
//! A file.
use switchback::{Result, Context};
use std::collections::HashMap; // by id

/// Up.
pub fn up(ctx: &mut Context<'_>) -> Result<()> {
    let map: HashMap<String,Vec<i64,>,>=HashMap::new();
    let pair = (1,); // a tuple of one
    ctx.execute("UPDATE t SET a = 1", &[&map, &pair,])?;
    /* a block */ let f = |x: i64| { x+1 };
    match f(- 1) { 0 => { return Ok(()) }, 1 | 2 => { drop(f) } _ if pair.0 > 3 && map.is_empty() => {} _ => return Err(x) }
    Ok(())
}

#[allow(unused)]
pub(crate) fn down<T,>(ctx: &mut Context<'_>) -> Result<()> where T: Copy { Ok(()) }
"##;

    const AS_FORMATTED: &str = r##"
//! Another comment.
use std::collections::HashMap;
use switchback::{Context, Result};

pub fn up(
    ctx: &mut Context<'_>,
) -> Result<()> {
    let map: HashMap<String, Vec<i64>> = HashMap::new();
    let pair = (1,);
    ctx.execute(
        "UPDATE t SET a = 1",
        &[&map, &pair],
    )?;
    let f = |x: i64| x + 1;
    match f(-1) {
        0 => return Ok(()),
        1 | 2 => {
            drop(f)
        }
        _ if pair.0 > 3 && map.is_empty() => {}
        _ => {
            return Err(x);
        }
    }
    Ok(())
}

#[allow(unused)]
pub(crate) fn down<T>(ctx: &mut Context<'_>) -> Result<()>
where
    T: Copy,
{
    Ok(())
}
"##;

    #[test]
    fn formatting_changes_nothing() {
        assert_eq!(of_rust(AS_WRITTEN).unwrap(), of_rust(AS_FORMATTED).unwrap());
        assert_eq!(of_rust(AS_WRITTEN).unwrap(), of_rust(&AS_WRITTEN.replace('\n', "\r\n")).unwrap());
    }

    #[test]
    fn a_changed_token_changes_it() {
        let digest = of_rust(AS_WRITTEN).unwrap();
        for (old, new) in [
            ("a = 1", "a = 2"),
            ("(1,)", "(1)"),
            ("x+1", "x-1"),
            ("pair.0", "pair.1"),
            ("&& map", "& &map"),
            ("&& map", "|| map"),
            ("drop(f)", "drop(f);"),
            ("Ok(())\n}", "Ok(());\n}"),
            ("&[&map, &pair,]", "&[&pair, &map]"),
            ("1 | 2", "1 | 3"),
            ("#[allow(unused)]", ""),
            ("pub(crate)", "pub"),
            ("Context};", "Context, Error};"),
            ("- 1", "-1i64"),
        ] {
            assert!(AS_WRITTEN.contains(old), "{old}");
            assert_ne!(of_rust(&AS_WRITTEN.replacen(old, new, 1)).unwrap(), digest, "{old} -> {new}");
        }
    }

    #[test]
    fn each_side_leaves_the_other_out() {
        let sides = rust_sides(AS_WRITTEN).unwrap();
        assert_eq!(sides.functions, ["up", "down"]);
        let down_changed =
            rust_sides(&AS_WRITTEN.replace("T: Copy { Ok(()) }", "T: Copy { Err(()) }")).unwrap();
        assert_eq!(sides.without("down"), down_changed.without("down"));
        assert_ne!(sides.without("up"), down_changed.without("up"));
        let up_changed = rust_sides(&AS_WRITTEN.replace("a = 1", "a = 2")).unwrap();
        assert_ne!(sides.without("down"), up_changed.without("down"));
        assert_eq!(sides.without("up"), up_changed.without("up"));
        let gone = &AS_WRITTEN[..AS_WRITTEN.find("#[allow").unwrap()];
        assert_eq!(sides.without("down"), of_rust(gone).unwrap());
        assert_eq!(of_rust(AS_WRITTEN).unwrap(), sides.without("nothing"));
    }

    #[test]
    fn what_is_no_rust_is_told_with_its_line() {
        let error = of_rust("fn up() {}\nfn down( {\n").unwrap_err();
        assert_eq!(error.location().unwrap().line, Some(2), "{error}");
        assert!(of_rust("fn up() { 'a }").is_ok());
        assert!(of_rust("let x = \"open").is_err());
    }

    proptest! {
        /// White space and comments between any two tokens.
        #[test]
        fn gaps_change_nothing(gaps in prop::collection::vec(prop::sample::select(vec![" ", "\n", "\t", " /* c */ ", "// c\n", "\n\n  "]), 1..20)) {
            let mut gaps = gaps.iter().cycle();
            let mut text = String::new();
            let mut rest = AS_WRITTEN;
            while let Some(at) = rest.find(' ') {
                text.push_str(&rest[..at]);
                // Not inside the one string, and not in a line comment.
                let quoted = text.matches('"').count() % 2 == 1;
                let comment = text.rsplit('\n').next().is_some_and(|line| line.contains("//"));
                text.push_str(if quoted || comment { " " } else { gaps.next().unwrap_or(&" ") });
                rest = &rest[at + 1..];
            }
            text.push_str(rest);
            prop_assert_eq!(of_rust(&text).unwrap(), of_rust(AS_WRITTEN).unwrap());
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = of_rust(&text);
            let _ = rust_sides(&text);
        }
    }
}
