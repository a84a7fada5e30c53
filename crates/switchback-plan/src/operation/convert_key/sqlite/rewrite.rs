//! Expressions that mention a key, as they must read once the key is a BLOB.
//!
//! What compares keys with each other, with NULL or with a text that is no UUID means the same as before; a literal
//! UUID becomes a BLOB; everything else sees the key's text, spelled in functions that every SQLite has.

use super::super::rewrite::{Reference, Text, apply, is_canonical, items};
use crate::ddl;
use crate::lex::TokenKind;
use crate::model::Dialect;
use std::ops::Range;

type Edit = (Range<usize>, String);
type Edits = Vec<Edit>;

/// An expression of a table's own, whose keys `is_key` knows by name.
pub(super) fn expression(sql: &str, is_key: &dyn Fn(&str) -> bool) -> String {
    let text = Text::of(Dialect::Sqlite, sql);
    let mut edits = Edits::new();
    convert(&text, 0..text.tokens.len(), &|_, behind| is_key(&name(&text, behind - 1)), &mut edits);
    apply(sql, edits)
}

/// A text in which it is known which names are keys.
pub(super) fn references(text: &Text<'_>, found: &[Reference]) -> String {
    let mut edits = Edits::new();
    let is_key = |first: usize, behind: usize| found.iter().any(|r| r.first == first && r.last + 1 == behind);
    for key in found.iter().filter(|r| !r.bare) {
        reference(text, key.first, key.last + 1, &is_key, &mut edits);
    }
    apply(text.sql, edits)
}

/// An index: columns stay, expressions and the predicate may change.
pub(super) fn index(sql: &str, is_key: &dyn Fn(&str) -> bool) -> String {
    let text = Text::of(Dialect::Sqlite, sql);
    let mut edits = Edits::new();
    let own = |_: usize, behind: usize| is_key(&name(&text, behind - 1));
    let Some(on) = (0..text.tokens.len()).find(|i| text.is(*i, "on")) else { return sql.to_owned() };
    let Some(open) = (on..text.tokens.len()).find(|i| text.is(*i, "(")) else { return sql.to_owned() };
    let close = text.close(open);
    for (first, behind) in items(&text, open + 1, close) {
        let column = text.is_name(first)
            && (first + 1..behind).all(|i| {
                ["collate", "asc", "desc"].iter().any(|w| text.is(i, w)) || text.is(i - 1, "collate")
            });
        if !column {
            convert(&text, first..behind, &own, &mut edits);
        }
    }
    convert(&text, close..text.tokens.len(), &own, &mut edits);
    apply(sql, edits)
}

/// Collects what has to change in a span of tokens.
fn convert(text: &Text<'_>, span: Range<usize>, is_key: &dyn Fn(usize, usize) -> bool, edits: &mut Edits) {
    let mut at = span.start;
    while at < span.end {
        if !text.is_name(at) || (at > 0 && text.is(at - 1, ".")) {
            at += 1;
            continue;
        }
        let end = text.chain(at);
        let key = !text.is(end, "(") && is_key(at, end);
        let listed = at > 0 && text.is(at - 1, "of");
        if key && !listed {
            reference(text, at, end, is_key, edits);
        }
        at = end;
    }
}

fn name(text: &Text<'_>, at: usize) -> String {
    ddl::unquote(text.text(at))
}

fn reference(
    text: &Text<'_>,
    first: usize,
    behind: usize,
    is_key: &dyn Fn(usize, usize) -> bool,
    edits: &mut Edits,
) {
    // `(id)` compares as `id` does.
    let (mut left, mut right) = (first, behind);
    while left > 0 && text.is(left - 1, "(") && text.is(right, ")") && !called(text, left - 1) {
        (left, right) = (left - 1, right + 1);
    }
    let column = |at: usize| text.is_name(at) && is_key(at, text.chain(at));
    if let Some(operand) = equality(text, right) {
        if let Some(blob) = literal(text, operand) {
            edits.extend(blob);
            return;
        }
        if column(operand) {
            return;
        }
    }
    if let Some(operator) = left.checked_sub(1).filter(|at| equality(text, *at).is_some()) {
        let operand = operator.checked_sub(1);
        if let Some(blob) = operand.and_then(|at| literal(text, at)) {
            edits.extend(blob);
            return;
        }
        // `a.id = b.id`, seen from its right side.
        if operand.is_some_and(|at| text.is_name(at) && column(chain_start(text, at))) {
            return;
        }
    }
    let null = ["isnull", "notnull"].iter().any(|w| text.is(right, w))
        || (text.is(right, "not") && text.is(right + 1, "null"))
        || (text.is(right, "is")
            && (text.is(right + 1, "null") || (text.is(right + 1, "not") && text.is(right + 2, "null"))));
    if null {
        return;
    }
    let list = if text.is(right, "not") { right + 1 } else { right };
    if text.is(list, "in") && text.is(list + 1, "(") {
        let parts = items(text, list + 2, text.close(list + 1));
        let blobs: Option<Vec<Option<Edit>>> =
            parts.iter().map(|(a, b)| if b - a == 1 { literal(text, *a) } else { None }).collect();
        if let Some(blobs) = blobs {
            edits.extend(blobs.into_iter().flatten());
            return;
        }
    }
    let column = &text.sql[text.span(first, behind - 1)];
    edits.push((text.span(first, behind - 1), as_text(column)));
}

/// Whether the parenthesis is that of a call.
fn called(text: &Text<'_>, open: usize) -> bool {
    open.checked_sub(1).is_some_and(|before| {
        text.is_name(before)
            && ![
                "and", "or", "not", "when", "then", "else", "case", "check", "where", "select", "in", "on",
                "set",
            ]
            .iter()
            .any(|w| text.is(before, w))
    })
}

fn chain_start(text: &Text<'_>, last: usize) -> usize {
    let mut first = last;
    while first >= 2 && text.is(first - 1, ".") {
        first -= 2;
    }
    first
}

/// The token behind an operator of equality.
fn equality(text: &Text<'_>, at: usize) -> Option<usize> {
    if ["=", "==", "<>", "!="].iter().any(|o| text.is(at, o)) {
        return Some(at + 1);
    }
    if text.is(at, "is") && !text.is(at + 1, "null") {
        let next = if text.is(at + 1, "not") { at + 2 } else { at + 1 };
        return (!text.is(next, "null") && !text.is(next, "distinct")).then_some(next);
    }
    None
}

/// A literal as it is compared with a BLOB: a UUID becomes one, any other text equals none as before. `None` where the
/// token is no string.
fn literal(text: &Text<'_>, at: usize) -> Option<Option<Edit>> {
    let token = text.tokens.get(at).filter(|t| t.kind == TokenKind::String)?;
    let inner = text.text(at).strip_prefix('\'')?.strip_suffix('\'')?;
    Some(is_canonical(inner).then(|| (token.start..token.end, format!("x'{}'", inner.replace('-', "")))))
}

/// The canonical text of a BLOB, NULL of NULL.
pub(in super::super) fn as_text(column: &str) -> String {
    let part = |from: u8, length: u8| format!("substr(hex({column}), {from}, {length})");
    format!(
        "nullif(lower({} || '-' || {} || '-' || {} || '-' || {} || '-' || {}), '----')",
        part(1, 8),
        part(9, 4),
        part(13, 4),
        part(17, 4),
        part(21, 12)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(sql: &str) -> String {
        expression(sql, &|name| name.eq_ignore_ascii_case("id"))
    }

    #[test]
    fn what_means_the_same_stays_and_a_literal_uuid_becomes_a_blob() {
        let same =
            ["id <> ''", "id IS NOT NULL AND x > 1", "\"ID\" IS NOT 'none'", "id IN ('a', '')", "id NOTNULL"];
        for sql in same {
            assert_eq!(id(sql), sql);
        }
        assert_eq!(
            id("id = '0123abcd-4567-89ab-cdef-000000000001' OR '0123abcd-4567-89ab-cdef-000000000001' != id"),
            "id = x'0123abcd456789abcdef000000000001' OR x'0123abcd456789abcdef000000000001' != id"
        );
    }

    #[test]
    fn everything_else_sees_the_text_of_the_key() {
        let text = as_text("id");
        assert_eq!(id("length(id) = 36"), format!("length({text}) = 36"));
        assert_eq!(id("id LIKE '%-%' AND id > 'a'"), format!("{text} LIKE '%-%' AND {text} > 'a'"));
        assert_eq!(
            index("CREATE INDEX i ON t (id COLLATE NOCASE DESC, lower(id)) WHERE id <> ''", &|n| n == "id"),
            format!("CREATE INDEX i ON t (id COLLATE NOCASE DESC, lower({text})) WHERE id <> ''")
        );
    }
}
