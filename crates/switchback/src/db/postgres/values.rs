//! Takes the values of rows out of what a server says: an error goes into logs and into the journal, a row does not.

use crate::connect::HIDDEN;

/// What the server says of an error, with its detail, and without what was in the rows.
pub(super) fn without(code: &str, message: &str, detail: Option<&str>) -> String {
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
    let begin = message.find(": \"").map_or_else(|| message.find('"'), |at| Some(at + 2));
    match (begin, message.rfind('"')) {
        (Some(begin), Some(end)) if begin < end => {
            format!("{}\"{HIDDEN}\"{}", &message[..begin], &message[end + 1..])
        }
        _ => message.to_owned(),
    }
}

/// `Key (a, b)=(1, 2) already exists`, `Failing row contains (…)`; and whatever is told of a value that cannot be read.
fn detail_without(code: &str, detail: &str) -> String {
    let begin = match code.get(..2) {
        Some("23") => detail.find("=(").map(|at| at + 1).or_else(|| detail.find('(')),
        Some("22") => return message_without(code, detail),
        Some(_) | None => None,
    };
    match (begin, detail.rfind(')')) {
        (Some(begin), Some(end)) if begin < end => {
            format!("{}({HIDDEN}){}", &detail[..begin], &detail[end + 1..])
        }
        _ => detail.to_owned(),
    }
}

/// What one of PostgreSQL's programs says, line by line.
pub(crate) fn of_lines(said: &str) -> String {
    let lines = said.lines().map(|line| {
        // `CONTEXT:  COPY users, line 3, column email: "…"`, and the first line of an error.
        match line.find("DETAIL: ") {
            Some(_) => detail_without("23", line),
            None if line.contains("ERROR: ") || line.contains("CONTEXT: ") => match line.contains(": \"") {
                true => message_without("22", line),
                false => line.to_owned(),
            },
            None => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
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
            assert_eq!(without(code, message, detail), expected);
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
}
