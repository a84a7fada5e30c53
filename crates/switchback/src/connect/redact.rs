//! Hides passwords in text that somebody else wrote: server messages, command lines, whole files.
//!
//! It would rather hide a word too many than a secret too few: by the places in which passwords stand, and by those that
//! this process has used.

use std::sync::{PoisonError, RwLock};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands in the place of a secret.
pub(crate) const HIDDEN: &str = "***";

/// Names whose value is a password, however the value is given (`password=x`, `"password": "x"`, `PASSWORD 'x'`).
const PASSWORD_NAMES: [&str; 4] = ["password", "passwd", "passphrase", "pwd"];
/// Names whose value is a secret when they stand directly before an equals sign.
const TOKEN_NAMES: [&str; 7] =
    ["token", "secret", "api_key", "apikey", "sslkeypass", "scram_client_key", "scram_server_key"];

/// A secret that this process has used, in every way in which it may be written; the newest stands last.
static KNOWN: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// A shorter one would be found in every second word.
const SHORTEST: usize = 5;
/// Words that are no secret, whoever takes them for one: every result has them.
const PUBLIC: [&str; 6] = ["postgres", "postgresql", "sqlite", "switchback", "password", "secret"];
/// An application that changes its password for years remembers the newest ones.
const REMEMBERED: usize = 256;

/// The same text, with every password in a URL, a `key=value` string, a query parameter or an SQL `PASSWORD '…'`
/// replaced by `***`.
pub fn redact(text: &str) -> String {
    hide_known(redact_places(text))
}

/// As [`redact`], by the places alone: the same for everybody, whatever password they use. For what others have to
/// arrive at as well: a plan with its digest.
pub fn redact_places(text: &str) -> String {
    hide_values(&hide_user_info(text))
}

/// From now on [`redact`] hides this secret wherever it stands, also percent-encoded, quoted for SQL or escaped. One of
/// fewer than five bytes, or one that is a word of every output (`postgres`), is hidden by its place alone.
pub fn remember(secret: &str) {
    if secret.len() < SHORTEST || PUBLIC.contains(&secret) {
        return;
    }
    remember_in(&mut KNOWN.write().unwrap_or_else(PoisonError::into_inner), secret);
}

fn remember_in(known: &mut Vec<String>, secret: &str) {
    if known.iter().any(|k| k == secret) {
        return;
    }
    let escaped = secret.escape_debug().to_string();
    let encoded = utf8_percent_encode(secret, super::postgres_url::ENCODED).to_string();
    let all_encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let quoted = secret.replace('\'', "''");
    for form in [secret.to_owned(), escaped, encoded, all_encoded, quoted] {
        if !known.contains(&form) {
            known.push(form);
        }
    }
    let over = known.len().saturating_sub(REMEMBERED);
    known.drain(..over);
}

fn hide_known(text: String) -> String {
    hide_all(&KNOWN.read().unwrap_or_else(PoisonError::into_inner), text)
}

fn hide_all(known: &[String], text: String) -> String {
    let mut found: Vec<&str> = known.iter().map(String::as_str).filter(|k| text.contains(k)).collect();
    // One may hold another: what is left of the longer must not show.
    found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    found.into_iter().fold(text, |text, secret| text.replace(secret, HIDDEN))
}

/// Hides the password between `scheme://user:` and `@host`.
fn hide_user_info(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let scheme = scheme_before(&before[..at]);
        let (shown, hidden) = user_info(scheme, after);
        out.push_str(&after[..shown]);
        if hidden > shown {
            out.push_str(HIDDEN);
        }
        rest = &after[hidden.max(shown)..];
    }
    out.push_str(rest);
    out
}

fn scheme_before(text: &str) -> &str {
    let start = text
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        .last()
        .map_or(text.len(), |(i, _)| i);
    &text[start..]
}

/// Where in `after` (the text behind `://`) the secret starts and ends; equal when there is none.
fn user_info(scheme: &str, after: &str) -> (usize, usize) {
    let token = after.find(char::is_whitespace).unwrap_or(after.len());
    let is_database = scheme.eq_ignore_ascii_case("postgres") || scheme.eq_ignore_ascii_case("postgresql");
    // A password may hold an @ itself: the last one counts, even where that hides the host as well.
    let end = match after[..token].rfind('@') {
        Some(at) => at,
        // A password with a blank in it: the user information goes on behind the blank.
        None if is_database && !is_host_list(&after[..token]) => {
            match after[..after.find('\n').unwrap_or(after.len())].find('@') {
                Some(at) => at,
                None => return (0, 0),
            }
        }
        None => return (0, 0),
    };
    match after[..end].find(':') {
        Some(colon) => (colon + 1, end),
        // Without a colon a web address carries a token, a database address only a user.
        None if !is_database => (0, end),
        None => (end, end),
    }
}

fn is_host_list(token: &str) -> bool {
    let authority = &token[..token.find(['/', '?']).unwrap_or(token.len())];
    authority.split(',').all(|host| match host.rsplit_once(':') {
        Some((_, port)) => !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit() || b == b']'),
        None => true,
    })
}

/// Hides the values that follow a name of a secret.
fn hide_values(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut position = 0;
    while let Some((start, end)) = next_name(&lower, position) {
        let is_password = PASSWORD_NAMES.contains(&&lower[start..end]);
        out.push_str(&text[position..end]);
        position = end;
        if let Some((from, to)) = value_after(text, start, end, is_password) {
            out.push_str(&text[end..from]);
            out.push_str(HIDDEN);
            position = to;
        }
    }
    out.push_str(&text[position..]);
    out
}

/// The first name at or behind `from`. Looks at every byte once: plans are long, and full of words like `token`.
fn next_name(lower: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = lower.as_bytes();
    (from..bytes.len()).find_map(|start| {
        let rest = bytes.get(start..)?;
        PASSWORD_NAMES
            .iter()
            .chain(&TOKEN_NAMES)
            .filter(|name| rest.starts_with(name.as_bytes()))
            .map(|name| (start, start + name.len()))
            .min()
    })
}

/// The span of the value that belongs to the name at `start..end`, if one does.
fn value_after(text: &str, start: usize, end: usize, is_password: bool) -> Option<(usize, usize)> {
    let blanks = |from: usize| from + text[from..].len() - text[from..].trim_start().len();
    let quote_at = |i: usize| text[i..].chars().next().filter(|c| matches!(c, '\'' | '"'));
    let name_quoted = quote_at(end).is_some();
    let after_name = blanks(if name_quoted { end + 1 } else { end });
    let value = match text[after_name..].chars().next()? {
        '=' if is_password || after_name == end => blanks(after_name + 1),
        ':' if is_password => {
            let value = blanks(after_name + 1);
            quote_at(value)?;
            value
        }
        // SQL: PASSWORD 'x'
        '\'' if is_password && after_name > end && !name_quoted => after_name,
        _ => return None,
    };
    let rest = &text[value..];
    let length = match quote_at(value) {
        Some(quote) => quoted_length(rest, quote),
        None if matches!(text[..start].chars().next_back(), Some('?' | '&')) => {
            rest.find(|c: char| c == '&' || c.is_whitespace()).unwrap_or(rest.len())
        }
        None => bare_length(rest),
    };
    (length > 0).then_some((value, value + length))
}

/// The length of a quoted value with both quotes; a doubled quote and one behind a backslash belong to it.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((i, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            if chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
            } else {
                return i + 1;
            }
        }
    }
    text.len()
}

fn bare_length(text: &str) -> usize {
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c.is_whitespace() {
            return i;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_password_of_a_url_is_hidden_and_the_rest_stays() {
        for (text, expected) in [
            ("postgres://ada:s3cret@db.example:5432/app", "postgres://ada:***@db.example:5432/app"),
            (
                "cannot reach postgresql://ada:s3@cret@db/app today",
                "cannot reach postgresql://ada:***@db/app today",
            ),
            ("postgres://ada:s3/cr?et@db/app", "postgres://ada:***@db/app"),
            ("postgres://ada:s3 cret@db/app", "postgres://ada:***@db/app"),
            ("postgres://ada@db/app", "postgres://ada@db/app"),
            (
                "postgres://db:5432/app is gone, ask bob@example.org",
                "postgres://db:5432/app is gone, ask bob@example.org",
            ),
            ("https://ghp_token@github.com/x", "https://***@github.com/x"),
            (
                "postgres://db/app?user=x&password=s3cret&sslmode=require",
                "postgres://db/app?user=x&password=***&sslmode=require",
            ),
            ("a postgres://u:p@h/d and mysql://r:q@h/d", "a postgres://u:***@h/d and mysql://r:***@h/d"),
        ] {
            assert_eq!(redact(text), expected);
        }
    }

    #[test]
    fn the_password_of_a_key_value_string_is_hidden() {
        for (text, expected) in [
            ("host=db password=s3cret user=ada", "host=db password=*** user=ada"),
            ("host=db password = 's3 cr\\'et' user=ada", "host=db password = *** user=ada"),
            ("password=s3\\ cret user=ada", "password=*** user=ada"),
            ("PGPASSWORD=s3cret psql", "PGPASSWORD=*** psql"),
            (r#"{"password": "s3cret", "user": "ada"}"#, r#"{"password": ***, "user": "ada"}"#),
            ("CREATE ROLE ada PASSWORD 's3''cret' LOGIN", "CREATE ROLE ada PASSWORD *** LOGIN"),
            ("access_token=abc", "access_token=***"),
        ] {
            assert_eq!(redact(text), expected);
        }
    }

    #[test]
    fn a_password_that_was_used_is_hidden_wherever_and_however_it_is_written() {
        remember("tZ'9 k\"w/q");
        for text in ["role tZ'9 k\"w/q", "'tZ''9 k\"w/q'", "tZ%279%20k%22w%2Fq", r#"Some("tZ\'9 k\"w/q")"#] {
            let shown = redact(text);
            assert!(shown.contains(HIDDEN) && !shown.contains("tZ"), "{shown}");
        }
        assert_eq!(redact_places("role tZ'9 k\"w/q"), "role tZ'9 k\"w/q");
    }

    #[test]
    fn of_too_many_secrets_the_oldest_is_forgotten_and_never_a_longer_one_first() {
        let mut known = Vec::new();
        remember_in(&mut known, "oldest");
        remember_in(&mut known, &"longest".repeat(9));
        for i in 1..REMEMBERED {
            remember_in(&mut known, &format!("secret{i:04}"));
        }
        assert_eq!(known.len(), REMEMBERED);
        let text = format!("oldest {} secret0001 secret0255", "longest".repeat(9));
        assert_eq!(hide_all(&known, text), "oldest *** *** ***");
    }

    #[test]
    fn of_two_secrets_of_which_one_holds_the_other_nothing_is_left() {
        let mut known = Vec::new();
        remember_in(&mut known, "inner");
        remember_in(&mut known, "an inner one");
        assert_eq!(hide_all(&known, "an inner one, inner".to_owned()), "***, ***");
    }

    #[test]
    fn what_is_too_short_or_a_word_of_every_result_is_hidden_by_its_place_alone() {
        for secret in ["", "ada", "postgres"] {
            remember(secret);
        }
        let text = "ada goes to postgres with password=ada";
        assert_eq!(redact(text), "ada goes to postgres with password=***");
    }

    #[test]
    fn ordinary_sentences_stay_as_they_are() {
        for text in [
            "password authentication failed for user \"ada\"",
            "unexpected token: found `)`",
            "no password was given",
            "wrong password: try again",
            "see https://example.org/a?b=c",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn a_long_text_full_of_names_is_redacted_in_linear_time() {
        let text = "password text, token text, see http://example.org/ and (secret) ".repeat(20_000);
        let begin = std::time::Instant::now();
        assert_eq!(redact(&text), text);
        assert!(begin.elapsed() < std::time::Duration::from_secs(5), "{:?}", begin.elapsed());
    }

    proptest! {
        #[test]
        fn a_password_in_a_url_never_survives(password in "[!-~]{0,8}x7Qz9[!-~]{0,8}|[!-.a-z]{0,8}x7Qz9[ -~]{0,8}") {
            let text = format!("error: postgres://ada:{password}@db.example/app?sslmode=require failed");
            prop_assert!(!redact(&text).contains(&password));
        }

        #[test]
        fn any_text_can_be_redacted(text in "\\PC{0,60}(://|password=|'|:|@|/|&| ){0,4}\\PC{0,20}") {
            redact(&text);
        }
    }
}
