//! White space and comments around what is edited.

use super::token::Token;

/// Where a removal that ends what stands before `start` may begin: blanks before it go too, but not the end of a line
/// comment, and not a comment.
pub(super) fn trim_before(sql: &str, tokens: &[Token], start: usize) -> usize {
    let previous = tokens.iter().rev().find(|t| t.end <= start).map_or(0, |t| t.end);
    let gap = &sql[previous..start];
    let kept = gap.trim_end();
    if ends_in_line_comment(kept) { start } else { previous + kept.len() }
}

/// The end of the comments that stand behind `at` on the same line, without the end of the line.
pub(super) fn same_line_comments(sql: &str, tokens: &[Token], at: usize) -> usize {
    let next = tokens.iter().find(|t| t.start >= at).map_or(sql.len(), |t| t.start);
    let gap = &sql[at..next];
    let line = gap.find('\n').map_or(gap, |end| &gap[..end]);
    // A block comment that goes on over the line belongs to what follows; so does one with more behind it there.
    let whole = line.len() < gap.len() || next == sql.len();
    if whole && is_comments(line) { at + line.trim_end().len() } else { at }
}

/// True for a gap (white space and comments) that ends inside a line comment.
pub(super) fn ends_in_line_comment(gap: &str) -> bool {
    let mut rest = gap;
    loop {
        let line = rest.find("--");
        let block = rest.find("/*");
        rest = match (line, block) {
            (Some(l), b) if b.is_none_or(|b| l < b) => match rest[l..].find('\n') {
                Some(end) => &rest[l + end + 1..],
                None => return true,
            },
            (_, Some(b)) => match rest[b + 2..].find("*/") {
                Some(end) => &rest[b + end + 4..],
                None => return false,
            },
            _ => return false,
        };
    }
}

/// Whole comments and blanks, at least one comment.
fn is_comments(line: &str) -> bool {
    let opened = line.matches("/*").count() > line.matches("*/").count();
    !line.trim().is_empty() && (!opened || line.trim_start().starts_with("--"))
}

/// The blanks that a line begins with, where `at` is the first thing on its line.
pub(super) fn indent_of(sql: &str, at: usize) -> Option<&str> {
    let line = sql[..at].rfind('\n').map(|end| end + 1)?;
    let indent = &sql[line..at];
    indent.chars().all(|c| c == ' ' || c == '\t').then_some(indent)
}
