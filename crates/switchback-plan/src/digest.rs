//! Digests of sources: `sha256:` and 64 hexadecimal digits.

mod rust;

pub use rust::{RustSides, of_rust, rust_sides};

use sha2::{Digest as _, Sha256};

/// Over a text with line endings normalised to `\n`, so that a checkout on Windows changes nothing.
pub fn of_text(text: &str) -> String {
    let mut hasher = Sha256::new();
    let mut rest = text;
    while let Some(i) = rest.find("\r\n") {
        hasher.update(&rest.as_bytes()[..i]);
        hasher.update(b"\n");
        rest = &rest[i + 2..];
    }
    hasher.update(rest.as_bytes());
    tagged(&hasher.finalize())
}

/// Over raw bytes.
pub fn of_bytes(bytes: &[u8]) -> String {
    tagged(&Sha256::digest(bytes))
}

fn tagged(digest: &[u8]) -> String {
    let mut out = String::with_capacity(7 + digest.len() * 2);
    out.push_str("sha256:");
    for byte in digest {
        for nibble in [byte >> 4, byte & 15] {
            out.push(char::from(if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }));
        }
    }
    out
}
