//! Takes the values of rows out of what an engine says: an error goes into logs and into the journal, a row does not.

use crate::connect::HIDDEN;
use switchback_plan::Error;

/// What stands in the place of a value in the report of a rehearsal; everywhere else it is [`HIDDEN`].
const LEFT_OUT: &str = "…";

/// The text with that mark in the place of what is between the sign at `open` and the last closing one, for a value may
/// hold one itself; up to the end where none closes it.
fn hide(text: &str, open: usize, close: char, mark: &str) -> String {
    let begin = open + 1;
    let end = text.rfind(close).filter(|end| *end >= begin).unwrap_or(text.len());
    format!("{}{mark}{}", &text[..begin], &text[end..])
}

/// What the server says of an error, with its detail, and without what was in the rows.
pub(super) fn of_server(code: &str, message: &str, detail: Option<&str>) -> String {
    let message = message_without(code, message);
    match detail.map(|detail| detail_without(code, detail)) {
        Some(detail) => format!("{message}: {detail}"),
        None => message,
    }
}

/// A value that cannot be read is quoted: `invalid input syntax for type uuid: "…"`, `value "…" is out of range`.
fn message_without(code: &str, message: &str) -> String {
    // What is wrong there is the name or the value of a setting.
    if !code.starts_with("22") || code == "22023" {
        return message.to_owned();
    }
    let open = message.find(": \"").map_or_else(|| message.find('"'), |at| Some(at + 2));
    open.map_or_else(|| message.to_owned(), |open| hide(message, open, '"', HIDDEN))
}

/// `Key (a, b)=(1, 2) already exists`, `Failing row contains (…)`; and whatever is told of a value that cannot be read.
fn detail_without(code: &str, detail: &str) -> String {
    let open = match code.get(..2) {
        Some("23") => detail.find("=(").map(|at| at + 1).or_else(|| detail.find('(')),
        Some("22") => return message_without(code, detail),
        Some(_) | None => None,
    };
    open.map_or_else(|| detail.to_owned(), |open| hide(detail, open, ')', HIDDEN))
}

/// How the lines begin that programs of PostgreSQL write themselves; any other goes on with the one before.
const BEGINNINGS: [&str; 10] = [
    "pg_dump: ",
    "pg_restore: ",
    "psql:",
    "ERROR: ",
    "DETAIL: ",
    "HINT: ",
    "CONTEXT: ",
    "LINE ",
    "STATEMENT: ",
    "Command was: ",
];

/// What one of PostgreSQL's programs says. Where a value was taken out of a line, those that go on with it go too, for a
/// value may have lines.
pub(crate) fn of_lines(said: &str) -> String {
    let (mut lines, mut goes_on) = (Vec::new(), false);
    for line in said.lines() {
        if goes_on && !BEGINNINGS.iter().any(|begin| line.starts_with(begin)) {
            continue;
        }
        let without = of_line(line);
        goes_on = without != line;
        lines.push(without);
    }
    lines.join("\n")
}

/// `CONTEXT:  COPY users, line 3, column email: "…"`, also without its first word, for another context may stand before
/// it; details; and the first line of an error.
fn of_line(line: &str) -> String {
    let is = |word: &str| line.contains(word);
    if let Some(at) = line.find("JSON data, line ") {
        let end = line[at..].find(": ").map_or(line.len(), |end| at + end + 2);
        return format!("{}{HIDDEN}", &line[..end]);
    }
    if is("DETAIL: ") {
        let without = detail_without("23", line);
        return if without == line { message_without("22", line) } else { without };
    }
    if is(": \"") && (is("ERROR: ") || is("CONTEXT: ") || is(", line ")) {
        return message_without("22", line);
    }
    match line.find("value \"") {
        Some(at) if is("ERROR: ") => hide(line, at + "value ".len(), '"', HIDDEN),
        Some(_) | None => line.to_owned(),
    }
}

/// The same error without them, whichever engine or part of ours it comes from. A rehearsal is over real data, and its
/// report is handed round.
pub(crate) fn of_error(e: &Error) -> Error {
    let message = of_text(e.message());
    if message == e.message() {
        return e.clone();
    }
    let mut out = Error::new(e.kind(), message);
    if let Some(place) = e.location() {
        out = out.at(place.clone());
    }
    if let Some(code) = e.server_code() {
        out = out.code(code);
    }
    if let Some(hint) = e.what_next() {
        out = out.hint(of_text(hint));
    }
    out
}

/// A message of which nobody knows any more whose it is. Whatever may be a value goes.
pub(crate) fn of_text(message: &str) -> String {
    let mut out = message.to_owned();
    for (before, open, close) in [
        // Key (mail)=(ada@example.com) already exists
        (")=", '(', ')'),
        // Failing row contains (1, ada@example.com)
        ("contains ", '(', ')'),
        // invalid input syntax for type uuid: "ada"
        (": ", '"', '"'),
        // value "99999999999" is out of range for type integer
        ("value ", '"', '"'),
        // Token "ada" is invalid.
        ("Token ", '"', '"'),
    ] {
        if let Some(at) = out.find(&format!("{before}{open}")) {
            out = hide(&out, at + before.len(), close, LEFT_OUT);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_of_a_row_is_in_what_a_server_says() {
        for (code, message, detail, expected) in [
            (
                "23505",
                "duplicate key value violates unique constraint \"users_email\"",
                Some("Key (lower(email), n)=(a)b@x, 7) already exists."),
                "duplicate key value violates unique constraint \"users_email\": Key (lower(email), n)=(***) already exists.",
            ),
            (
                "23514",
                "new row for relation \"users\" violates check constraint \"users_n\"",
                Some("Failing row contains (1, a(b)c, null)."),
                "new row for relation \"users\" violates check constraint \"users_n\": Failing row contains (***).",
            ),
            (
                "23503",
                "insert violates foreign key constraint",
                Some("Key (user_id)=(5) is not present in table \"users\"."),
                "insert violates foreign key constraint: Key (user_id)=(***) is not present in table \"users\".",
            ),
            (
                "22P02",
                "invalid input syntax for type uuid: \"a\"b\"",
                None,
                "invalid input syntax for type uuid: \"***\"",
            ),
            (
                "22P02",
                "invalid input value for enum \"Mood\": \"sad\"",
                None,
                "invalid input value for enum \"Mood\": \"***\"",
            ),
            (
                "22003",
                "value \"99999999999\" is out of range for type integer",
                None,
                "value \"***\" is out of range for type integer",
            ),
            (
                "22P02",
                "invalid input syntax for type json",
                Some("Token \"tok\" is invalid."),
                "invalid input syntax for type json: Token \"***\" is invalid.",
            ),
            (
                "22001",
                "value too long for type character varying(5)",
                None,
                "value too long for type character varying(5)",
            ),
            (
                "22023",
                "invalid value for parameter \"search_path\": \"x\"",
                None,
                "invalid value for parameter \"search_path\": \"x\"",
            ),
            ("42P01", "relation \"users\" does not exist", None, "relation \"users\" does not exist"),
        ] {
            assert_eq!(of_server(code, message, detail), expected);
        }
    }

    #[test]
    fn what_a_program_says_keeps_its_names_and_loses_its_values() {
        let said = "pg_restore: error: COPY failed for table \"users\": ERROR:  duplicate key value violates unique constraint \"u\"\n\
                    DETAIL:  Key (email)=(a@b) already exists.\n\
                    CONTEXT:  COPY users, line 2, column email: \"a@b\"";
        assert_eq!(
            of_lines(said),
            "pg_restore: error: COPY failed for table \"users\": ERROR:  duplicate key value violates unique constraint \"u\"\n\
             DETAIL:  Key (email)=(***) already exists.\n\
             CONTEXT:  COPY users, line 2, column email: \"***\""
        );
    }

    #[test]
    fn a_value_of_several_lines_goes_whole_and_what_is_said_next_stays() {
        let said = "pg_restore: error: COPY failed for table \"users\": ERROR:  value too long for type character varying(5)\n\
                    CONTEXT:  COPY users, line 1, column note: \"dear \"diary\"\n\
                    s3cret\n\
                    and more\"\n\
                    pg_restore: warning: errors ignored on restore: 1";
        assert_eq!(
            of_lines(said),
            "pg_restore: error: COPY failed for table \"users\": ERROR:  value too long for type character varying(5)\n\
             CONTEXT:  COPY users, line 1, column note: \"***\"\n\
             pg_restore: warning: errors ignored on restore: 1"
        );
        let statement = "Command was: CREATE TABLE t (\n    id bigint\n);";
        assert_eq!(of_lines(statement), statement);
    }

    #[test]
    fn whatever_line_a_value_stands_in_it_goes() {
        for (said, expected) in [
            (
                "pg_restore: error: COPY failed for table \"users\": ERROR:  relation \"roles\" does not exist\n\
                 CONTEXT:  PL/pgSQL function public.f(text) line 3 at IF\n\
                 COPY users, line 1: \"1\ts3cret\"",
                "pg_restore: error: COPY failed for table \"users\": ERROR:  relation \"roles\" does not exist\n\
                 CONTEXT:  PL/pgSQL function public.f(text) line 3 at IF\n\
                 COPY users, line 1: \"***\"",
            ),
            (
                "pg_restore: error: ERROR:  value \"99999999999\" is out of range for type integer",
                "pg_restore: error: ERROR:  value \"***\" is out of range for type integer",
            ),
            ("DETAIL:  Token \"s3cret\" is invalid.", "DETAIL:  Token \"***\" is invalid."),
            ("CONTEXT:  JSON data, line 1: s3cret", "CONTEXT:  JSON data, line 1: ***"),
            (
                "pg_restore: error: could not execute query: ERROR:  type \"mood\" does not exist",
                "pg_restore: error: could not execute query: ERROR:  type \"mood\" does not exist",
            ),
        ] {
            assert_eq!(of_lines(said), expected);
        }
    }

    #[test]
    fn what_stands_in_rows_is_left_out_and_all_else_stays() {
        let said = [
            "duplicate key value violates unique constraint \"users_mail\": Key (mail)=(s3cret) already exists",
            "duplicate key value violates unique constraint \"u\": Key (a, b)=(s3, (c)ret) already exists",
            "new row for relation \"users\" violates check constraint \"c\": Failing row contains (1, s3cret)",
            "invalid input syntax for type uuid: \"s3\"cret\"",
            "value \"s3cret\" is out of range for type integer",
            "invalid input syntax for type json: Token \"s3cret\" is invalid",
            "column \"mail\" of relation \"users\" does not exist",
            "UNIQUE constraint failed: users.mail",
            "null value in column \"mail\" of relation \"users\" violates not-null constraint: Failing row contains (s3cret",
        ];
        insta::assert_snapshot!(said.map(of_text).join("\n"), @r#"
        duplicate key value violates unique constraint "users_mail": Key (mail)=(…) already exists
        duplicate key value violates unique constraint "u": Key (a, b)=(…) already exists
        new row for relation "users" violates check constraint "c": Failing row contains (…)
        invalid input syntax for type uuid: "…"
        value "…" is out of range for type integer
        invalid input syntax for type json: Token "…" is invalid
        column "mail" of relation "users" does not exist
        UNIQUE constraint failed: users.mail
        null value in column "mail" of relation "users" violates not-null constraint: Failing row contains (…
        "#);
    }
}
