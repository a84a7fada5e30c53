//! Texts that match a simple pattern.

use regex_syntax::hir::{Class, Hir, HirKind};

/// A text or two that the regular expression matches; none where it is not of a shape that is understood.
pub(super) fn of_regex(regex: &str, n: u32) -> Vec<String> {
    let Ok(hir) = regex_syntax::Parser::new().parse(regex) else { return Vec::new() };
    let mut texts: Vec<String> = [n, n + 7].iter().map(|n| sample(&hir, *n)).collect();
    texts.dedup();
    texts
}

fn sample(hir: &Hir, n: u32) -> String {
    let mut out = String::new();
    let mut digits = n;
    write(hir, n, &mut digits, &mut out);
    out
}

/// `digits` is what is left of the number of the row: it goes into the first places that can take it.
fn write(hir: &Hir, n: u32, digits: &mut u32, out: &mut String) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => out.push(pick(class, digits)),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            let times = repetition.min.max(if most > 4 { 4 } else { 1 }).min(most);
            (0..times).for_each(|_| write(&repetition.sub, n, digits, out));
        }
        HirKind::Capture(capture) => write(&capture.sub, n, digits, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, n, digits, out)),
        HirKind::Alternation(parts) => {
            if let Some(part) = parts.get(n as usize % parts.len().max(1)) {
                write(part, n, digits, out);
            }
        }
    }
}

/// Letters and digits, where the class has some.
fn pick(class: &Class, digits: &mut u32) -> char {
    let has = |c: char| match class {
        Class::Unicode(class) => class.ranges().iter().any(|r| (r.start()..=r.end()).contains(&c)),
        Class::Bytes(class) => {
            u8::try_from(c).is_ok_and(|c| class.ranges().iter().any(|r| (r.start()..=r.end()).contains(&c)))
        }
    };
    let plain: Vec<char> = ('a'..='z').chain('0'..='9').chain('A'..='Z').filter(|c| has(*c)).collect();
    if plain.is_empty() {
        let first = match class {
            Class::Unicode(class) => class.ranges().first().map(|r| r.start()),
            Class::Bytes(class) => class.ranges().first().map(|r| char::from(r.start())),
        };
        return first.unwrap_or('a');
    }
    let picked = plain[*digits as usize % plain.len()];
    *digits /= u32::try_from(plain.len()).unwrap_or(1).max(2);
    picked
}

/// A text that SQLite's GLOB matches.
pub(super) fn of_glob(glob: &str, n: u32) -> String {
    let mut out = String::new();
    let mut chars = glob.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' => out.push_str(&format!("w{n}")),
            '?' => out.push('a'),
            '[' => {
                let class: Vec<char> = chars.by_ref().take_while(|c| *c != ']').collect();
                let picked = match class.as_slice() {
                    ['^', ..] => ['a', '0', '_', ' '].into_iter().find(|c| !class.contains(c)),
                    [from, '-', to, ..] => {
                        let range: Vec<char> = (*from..=*to).collect();
                        range.get(n as usize % range.len().max(1)).copied()
                    }
                    [first, ..] => Some(*first),
                    [] => None,
                };
                out.extend(picked);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_simple_patterns() {
        assert_eq!(of_regex("^[A-Z]{2}-[0-9]{4}$", 7), ["HA-0000", "OA-0000"]);
        assert_eq!(of_regex("^[^@]+@[^@]+\\.[a-z]+$", 0), ["aaaa@aaaa.aaaa", "haaa@aaaa.aaaa"]);
        assert_eq!(of_regex("(", 0), Vec::<String>::new());
        assert_eq!(of_glob("[0-9][0-9]?-*", 3), "33a-w3");
    }
}
