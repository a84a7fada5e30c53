//! Which functions a Rust migration has. The compiler checks the rest, at the file's own path.

use proc_macro2::{TokenStream, TokenTree};
use std::str::FromStr;

/// The functions at the top of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Functions {
    /// `pub fn up`.
    pub up: bool,
    /// `pub fn down`.
    pub down: bool,
    /// One of them is there without `pub`.
    pub private: Option<&'static str>,
}

/// `None` where the text is not Rust at all: including it makes the compiler say why, at its own path.
pub fn functions(text: &str) -> Option<Functions> {
    let tokens: Vec<TokenTree> = TokenStream::from_str(text).ok()?.into_iter().collect();
    let is = |index: usize, word: &str| matches!(tokens.get(index), Some(TokenTree::Ident(i)) if i == word);
    let mut found = Functions::default();
    for index in 0..tokens.len() {
        if !is(index, "fn") {
            continue;
        }
        for name in ["up", "down"] {
            if !is(index + 1, name) {
                continue;
            }
            // `pub fn`, or `pub(crate) fn`: the parenthesis is one token tree.
            let public = index.checked_sub(1).is_some_and(|before| {
                is(before, "pub") || (before > 0 && is(before - 1, "pub") && is_group(&tokens[before]))
            });
            match name {
                "up" => found.up = true,
                _ => found.down = true,
            }
            if !public {
                found.private = Some(name);
            }
        }
    }
    Some(found)
}

fn is_group(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_at_the_top_only() {
        let text =
            "mod inner { pub fn down() {} }\n// pub fn down\npub fn up(ctx: &mut C) -> R { fn down() {} }";
        assert_eq!(functions(text), Some(Functions { up: true, ..Functions::default() }));
    }

    #[test]
    fn a_private_function_is_named() {
        let found = functions("pub(crate) fn up() {} fn down() {}").unwrap();
        assert_eq!((found.up, found.down, found.private), (true, true, Some("down")));
    }

    #[test]
    fn what_is_not_rust_is_left_to_the_compiler() {
        assert_eq!(functions("pub fn up() { "), None);
    }
}
