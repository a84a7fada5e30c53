//! How a UUID is spelled in text.

/// How a value is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spelling {
    /// `0123abcd-4567-89ab-cdef-000000000001`: the one that comes back by itself.
    Canonical,
    /// With upper-case letters.
    UpperCase,
    /// In braces.
    Braces,
    /// Without hyphens, or with hyphens in other places.
    NoHyphens,
    /// With blanks around.
    Blanks,
    /// No UUID at all.
    Invalid,
}

impl Spelling {
    /// All of them.
    pub const ALL: [Spelling; 6] = [
        Spelling::Canonical,
        Spelling::UpperCase,
        Spelling::Braces,
        Spelling::NoHyphens,
        Spelling::Blanks,
        Spelling::Invalid,
    ];

    /// As reports name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Spelling::Canonical => "canonical",
            Spelling::UpperCase => "upper-case",
            Spelling::Braces => "braces",
            Spelling::NoHyphens => "no hyphens",
            Spelling::Blanks => "blanks",
            Spelling::Invalid => "invalid",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Spelling> {
        Spelling::ALL.into_iter().find(|s| s.as_str() == name)
    }
}

/// The value of a digit; capitals are none.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// The bytes of a canonical text, and of no other.
pub fn canonical(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != 36 || [8, 13, 18, 23].iter().any(|i| text[*i] != b'-') {
        return None;
    }
    let mut bytes = [0; 16];
    let mut at = 0;
    for byte in &mut bytes {
        if matches!(at, 8 | 13 | 18 | 23) {
            at += 1;
        }
        *byte = digit(text[at])? << 4 | digit(text[at + 1])?;
        at += 2;
    }
    Some(bytes)
}

/// The bytes of any spelling that PostgreSQL's `uuid` reads, blanks around it allowed, and which spelling it is: the
/// first that applies of blanks, braces, no hyphens, upper-case.
pub fn read(text: &[u8]) -> Option<([u8; 16], Spelling)> {
    if let Some(bytes) = canonical(text) {
        return Some((bytes, Spelling::Canonical));
    }
    let trimmed = text.trim_ascii();
    let braced = trimmed.strip_prefix(b"{").and_then(|t| t.strip_suffix(b"}"));
    let inner = braced.unwrap_or(trimmed);
    let mut bytes = [0; 16];
    let mut digits = 0usize;
    let mut hyphens = Vec::new();
    for byte in inner {
        if *byte == b'-' {
            // Behind any group of four digits, as PostgreSQL reads it; never first, last or twice.
            if digits == 0 || !digits.is_multiple_of(4) || digits == 32 || hyphens.last() == Some(&digits) {
                return None;
            }
            hyphens.push(digits);
            continue;
        }
        let value = digit(byte.to_ascii_lowercase())?;
        let slot = bytes.get_mut(digits / 2)?;
        *slot = *slot << 4 | value;
        digits += 1;
    }
    if digits != 32 {
        return None;
    }
    let spelling = if trimmed.len() < text.len() {
        Spelling::Blanks
    } else if braced.is_some() {
        Spelling::Braces
    } else if hyphens != [8, 12, 16, 20] {
        Spelling::NoHyphens
    } else {
        Spelling::UpperCase
    };
    Some((bytes, spelling))
}

/// The canonical text.
pub fn text(bytes: &[u8; 16]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(36);
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_again(bytes: [u8; 16]) {
            let text = text(&bytes);
            prop_assert_eq!(canonical(text.as_bytes()), Some(bytes));
            prop_assert_eq!(read(text.as_bytes()), Some((bytes, Spelling::Canonical)));
            let plain = text.replace('-', "");
            prop_assert_eq!(read(plain.as_bytes()), Some((bytes, Spelling::NoHyphens)));
            prop_assert_eq!(read(format!("{{{text}}}").as_bytes()), Some((bytes, Spelling::Braces)));
            prop_assert_eq!(read(format!(" {text}").as_bytes()), Some((bytes, Spelling::Blanks)));
            let upper = text.to_uppercase();
            let spelling = if upper == text { Spelling::Canonical } else { Spelling::UpperCase };
            prop_assert_eq!(read(upper.as_bytes()), Some((bytes, spelling)));
        }

        #[test]
        fn anything_may_be_asked(text in ".*") {
            if let Some((bytes, Spelling::Canonical)) = read(text.as_bytes()) {
                prop_assert_eq!(super::text(&bytes), text);
            }
        }
    }
}
