//! `embed!`: compiles a directory of migrations into a binary.
//!
//! Every file is read and checked while the program is compiled, so what does not parse does not ship.

mod directory;
mod expand;
mod rust;

use proc_macro::TokenStream;

/// Compiles a directory of migrations into the program: SQL, settings and Rust.
///
/// The path is relative to the package's `Cargo.toml`; the result is a constant expression of type
/// `switchback::EmbeddedSet`.
///
/// ```ignore
/// const JOURNAL: switchback::EmbeddedSet = switchback::embed!("migrations/journal");
/// ```
///
/// The files are checked for every dialect that they are written for, and a bad one is a compile error that begins
/// with its path and line. A change of a file recompiles the program. So that a file which is *added* does too, the
/// package needs a `build.rs` of one line:
///
/// ```ignore
/// fn main() { println!("cargo::rerun-if-changed=migrations/journal"); }
/// ```
#[proc_macro]
pub fn embed(input: TokenStream) -> TokenStream {
    let literal = match syn::parse::<syn::LitStr>(input) {
        Ok(literal) => literal,
        Err(e) => {
            let message = format!("embed! takes one string, the directory of migrations: {e}");
            return syn::Error::new(e.span(), message).into_compile_error().into();
        }
    };
    expand::embed(&literal.value())
        .unwrap_or_else(|message| syn::Error::new(literal.span(), message).into_compile_error())
        .into()
}
