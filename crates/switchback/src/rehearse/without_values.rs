//! What an engine says of rows, without what stands in them: a rehearsal is over real data, and its report is handed round.

use switchback_plan::Error;

/// The same error without values of columns.
pub(super) fn without_values(e: &Error) -> Error {
    let message = text(e.message());
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
        out = out.hint(text(hint));
    }
    out
}

/// A message of an engine. Whatever may be a value goes: up to the last closing sign, for a value may hold one itself.
pub(super) fn text(message: &str) -> String {
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
        let opening = format!("{before}{open}");
        let Some(at) = out.find(&opening) else { continue };
        let begin = at + opening.len();
        let end = out.rfind(close).filter(|end| *end >= begin).unwrap_or(out.len());
        out.replace_range(begin..end, "…");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::text;

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
        insta::assert_snapshot!(said.map(text).join("\n"), @r#"
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
