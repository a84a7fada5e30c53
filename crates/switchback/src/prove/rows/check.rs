//! What the text of a CHECK says about the values of its columns: its literals are good candidates.

use super::kind::Kind;
use super::pattern;
use std::collections::BTreeMap;
use switchback_plan::Dialect;
use switchback_plan::lex::{Token, TokenKind, lex, lex_without_gaps};
use switchback_plan::quote::literal_of;

/// Something that a check compares a column with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Hint {
    Text(String),
    Number(String),
    Length(usize),
    Regex(String),
    Like(String),
    Glob(String),
    Upper,
    /// It is read as JSON.
    Json,
    Null,
}

/// The hints for each of the columns, by name.
pub(super) fn hints(dialect: Dialect, text: &str, columns: &[String]) -> BTreeMap<String, Vec<Hint>> {
    let tokens = lex_without_gaps(dialect, text);
    let mut found: BTreeMap<String, Vec<Hint>> = BTreeMap::new();
    let column_at = |i: usize| column(dialect, text, &tokens, i, columns);
    let mentioned: Vec<String> = (0..tokens.len()).filter_map(column_at).collect();
    // What stands before the first column is about that one.
    let Some(mut current) = mentioned.first().cloned() else { return found };
    let mut operator = String::new();
    let mut length = false;
    for (i, token) in tokens.iter().enumerate() {
        let said = token.text(text);
        if let Some(column) = column_at(i) {
            current = column;
            operator.clear();
            length = measured(text, &tokens[..i]);
            continue;
        }
        let hint = match token.kind {
            TokenKind::String => string(dialect, said).and_then(|s| of_string(s, &operator)),
            TokenKind::Word => {
                let word = said.to_uppercase();
                match word.as_str() {
                    "NULL" | "NUM_NONNULLS" | "NUM_NULLS" => {
                        // Of all columns that it may be about.
                        for column in &mentioned {
                            add(&mut found, column, Hint::Null);
                        }
                        None
                    }
                    "JSON_VALID" | "JSON_TYPE" | "JSON_EXTRACT" | "JSON_ARRAY_LENGTH" | "JSON_EACH" => {
                        if let Some(column) = (i + 1..i + 4).filter(|j| *j < tokens.len()).find_map(column_at)
                        {
                            add(&mut found, &column, Hint::Json);
                        }
                        None
                    }
                    "UPPER" => Some(Hint::Upper),
                    "LIKE" | "ILIKE" | "GLOB" | "SIMILAR" | "REGEXP" | "IN" | "BETWEEN" => {
                        operator = if operator == "NOT" { "NOT".to_owned() } else { word };
                        None
                    }
                    "NOT" => {
                        operator = word;
                        None
                    }
                    _ => None,
                }
            }
            TokenKind::Other if said.starts_with(|c: char| c.is_ascii_digit()) => {
                let minus = i > 0 && tokens[i - 1].text(text) == "-";
                let number = if minus { format!("-{said}") } else { said.to_owned() };
                match said.parse::<usize>() {
                    Ok(n) if length => Some(Hint::Length(n)),
                    _ => number.parse::<f64>().ok().map(|_| Hint::Number(number)),
                }
            }
            TokenKind::Other if matches!(said, "->" | "->>") => {
                operator.clear();
                (dialect == Dialect::Sqlite).then_some(Hint::Json)
            }
            TokenKind::Other => {
                if !matches!(said, "," | "::" | "-" | "+" | "||" | "[" | "]" | ":") {
                    // `!~~` may come in pieces.
                    operator = if i > 0 && tokens[i - 1].end == token.start {
                        operator + said
                    } else {
                        said.to_owned()
                    };
                }
                None
            }
            _ => None,
        };
        if let Some(hint) = hint {
            add(&mut found, &current, hint);
        }
    }
    found
}

fn add(found: &mut BTreeMap<String, Vec<Hint>>, column: &str, hint: Hint) {
    let hints = found.entry(column.to_owned()).or_default();
    if !hints.contains(&hint) {
        hints.push(hint);
    }
}

/// The column that a token names.
fn column(dialect: Dialect, text: &str, tokens: &[Token], i: usize, columns: &[String]) -> Option<String> {
    let said = tokens[i].text(text);
    let name = match tokens[i].kind {
        TokenKind::Word => said.to_owned(),
        TokenKind::Quoted => said.trim_matches(['"', '`', '[', ']']).replace("\"\"", "\""),
        _ => return None,
    };
    // A function or a type of the same name is none.
    if tokens.get(i + 1).is_some_and(|t| t.kind == TokenKind::Open)
        && tokens[i].kind == TokenKind::Word
        && !columns.contains(&name)
    {
        return None;
    }
    let matches = |column: &&String| match dialect {
        Dialect::Sqlite => column.eq_ignore_ascii_case(&name),
        Dialect::Postgres => {
            **column == name
                || (tokens[i].kind == TokenKind::Word
                    && column.eq_ignore_ascii_case(&name)
                    && **column == name.to_lowercase())
        }
    };
    columns.iter().find(matches).cloned()
}

/// Whether the column behind these tokens stands in `length(…)`.
fn measured(text: &str, before: &[Token]) -> bool {
    let function = before.iter().rev().find(|t| t.kind != TokenKind::Open);
    before.last().is_some_and(|t| t.kind == TokenKind::Open)
        && function.is_some_and(|t| {
            let word = t.text(text).to_lowercase();
            word == "length" || word.ends_with("_length")
        })
}

fn of_string(text: String, operator: &str) -> Option<Hint> {
    match operator {
        "~" | "~*" | "REGEXP" => Some(Hint::Regex(text)),
        "~~" | "~~*" | "LIKE" | "ILIKE" | "SIMILAR" => Some(Hint::Like(text)),
        "GLOB" => Some(Hint::Glob(text)),
        "NOT" | "!~" | "!~*" | "!~~" | "!~~*" => None,
        _ => Some(Hint::Text(text)),
    }
}

/// The content of a string token.
fn string(dialect: Dialect, token: &str) -> Option<String> {
    let escaped = dialect == Dialect::Postgres && token.starts_with(['E', 'e']);
    let inner = token.trim_start_matches(['E', 'e']).strip_prefix('\'')?.strip_suffix('\'')?;
    let text = inner.replace("''", "'");
    Some(if escaped { text.replace("\\\\", "\\") } else { text })
}

/// All strings of a text: the labels of an enum.
pub(super) fn strings(dialect: Dialect, text: &str) -> Vec<String> {
    lex(dialect, text)
        .into_iter()
        .filter(|t| t.kind == TokenKind::String)
        .filter_map(|t| string(dialect, t.text(text)))
        .collect()
}

/// The conditions of every `CHECK (…)` in a text.
pub(super) fn conditions(dialect: Dialect, text: &str) -> Vec<&str> {
    let tokens = lex(dialect, text);
    let tokens: Vec<&Token> = tokens.iter().filter(|t| !t.is_gap()).collect();
    let mut found = Vec::new();
    for pair in tokens.windows(2) {
        if !(pair[0].is_word(text, "check") && pair[1].kind == TokenKind::Open) {
            continue;
        }
        let mut open = 0_usize;
        let end = tokens.iter().filter(|t| t.start >= pair[1].start).find(|t| {
            match t.kind {
                TokenKind::Open => open += 1,
                TokenKind::Close => open -= 1,
                _ => {}
            }
            open == 0
        });
        found.extend(end.and_then(|end| text.get(pair[1].end..end.start)));
    }
    found
}

/// Values that a hint suggests, for the row of that number.
pub(super) fn candidates(dialect: Dialect, kind: &Kind, hint: &Hint, n: u32) -> Vec<String> {
    let is_text = matches!(kind, Kind::Text(_) | Kind::Any | Kind::Named(_));
    // As much of it as the column takes: the end, where the number of the row stands.
    let longest = match (dialect, kind) {
        (Dialect::Postgres, Kind::Text(Some(max))) => *max,
        _ => usize::MAX,
    };
    let text = |text: String| {
        let long = text.chars().count().saturating_sub(longest);
        literal_of(dialect, &text.chars().skip(long).collect::<String>())
    };
    match hint {
        Hint::Text(s) if is_text => {
            let mut all = vec![text(s.clone())];
            if s.chars().count() <= 3 {
                // A part of the value, such as the @ of an address.
                all.push(text(format!("w{n}{s}x{n}")));
                all.push(text(format!("{s}{n}")));
                all.push(text(format!("{n}{s}")));
            }
            all
        }
        Hint::Text(s) if *kind == Kind::Json => {
            let object = |value: String| text(format!("{{{s:?}:{value}}}"));
            vec![
                object(format!("\"w{n}\"")),
                object(n.to_string()),
                text(format!("{s:?}")),
                text(format!("[{n}]")),
            ]
        }
        // In a list of values it is one of them, in another type one that is its own.
        Hint::Text(_) if matches!(kind, Kind::Array(..) | Kind::Composite(..)) => Vec::new(),
        Hint::Text(s) => vec![text(s.clone())],
        Hint::Number(_)
            if matches!(
                kind,
                Kind::Array(..)
                    | Kind::Composite(..)
                    | Kind::Json
                    | Kind::Date
                    | Kind::Time
                    | Kind::Timestamp
                    | Kind::Interval
                    | Kind::Range(_)
                    | Kind::Multirange(_)
                    | Kind::Bytes
            ) =>
        {
            Vec::new()
        }
        Hint::Number(number) if is_text => vec![text(number.clone())],
        Hint::Number(number) => {
            let Ok(whole) = number.parse::<i64>() else { return vec![number.clone()] };
            [
                whole,
                whole.saturating_add(i64::from(n % 7) + 1),
                whole.saturating_sub(1),
                whole.saturating_sub(i64::from(n % 7) + 1),
            ]
            .map(|v| v.to_string())
            .into()
        }
        Hint::Length(length) if *kind == Kind::Bytes => {
            let hex = format!("{n:08x}").repeat(length / 4 + 1);
            let hex = &hex[..length * 2];
            vec![match dialect {
                Dialect::Sqlite => format!("x'{hex}'"),
                Dialect::Postgres => format!("'\\x{hex}'"),
            }]
        }
        Hint::Length(length) => [*length, length.saturating_sub(1), length + 1]
            .map(|length| text(format!("{n}{}", "a".repeat(length)).chars().take(length).collect()))
            .into(),
        Hint::Regex(regex) => pattern::of_regex(regex, n).into_iter().map(text).collect(),
        Hint::Like(like) => vec![text(like.replace('%', &format!("w{n}")).replace('_', "a"))],
        Hint::Glob(glob) => vec![text(pattern::of_glob(glob, n))],
        Hint::Upper => vec![text(format!("WORD{n}"))],
        Hint::Json => Vec::new(),
        Hint::Null => vec!["NULL".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        let columns = ["a", "b", "email"].map(str::to_owned);
        format!("{:?}", hints(Dialect::Postgres, text, &columns))
    }

    #[test]
    fn conditions_end_with_their_own_parenthesis() {
        let text =
            "ALTER TABLE t ADD CHECK (a > (b + 1) AND c <> ')'), ADD CONSTRAINT check_1 CHECK(d); CHECK (";
        assert_eq!(conditions(Dialect::Postgres, text), ["a > (b + 1) AND c <> ')'", "d"]);
    }

    #[test]
    fn literals_are_told_by_what_they_are_compared_with() {
        insta::assert_snapshot!(of("CHECK ((a = ANY (ARRAY['x'::text, 'y'::text])))"), @r#"{"a": [Text("x"), Text("y")]}"#);
        insta::assert_snapshot!(of("CHECK (a >= 0 AND b BETWEEN -5 AND 10.5)"), @r#"{"a": [Number("0")], "b": [Number("-5"), Number("10.5")]}"#);
        insta::assert_snapshot!(of("CHECK ((char_length((a)::text) = 36))"), @r#"{"a": [Length(36)]}"#);
        insta::assert_snapshot!(of("CHECK ((email ~ '^[^@]+@[^@]+$'::text) AND (a !~ 'x'))"), @r#"{"email": [Regex("^[^@]+@[^@]+$")]}"#);
        insta::assert_snapshot!(of("CHECK (email LIKE '%@%')"), @r#"{"email": [Like("%@%")]}"#);
        insta::assert_snapshot!(of("CHECK (((a IS NULL) <> (b IS NULL)))"), @r#"{"a": [Null], "b": [Null]}"#);
        insta::assert_snapshot!(of("CHECK ((POSITION(('@'::text) IN (email)) > 1))"), @r#"{"email": [Text("@"), Number("1")]}"#);
    }
}
