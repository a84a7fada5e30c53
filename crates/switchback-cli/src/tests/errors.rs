use crate::diagnostic::render;
use switchback::{Error, ErrorKind, Location};

const SQL: &str = "CREATE TABLE tags (id integer);\nINSERT INTO notes (id, body) VALUES (1, 'ä');\n\tSELECT 'x' frm tags;\n";

fn at(needle: &str) -> Location {
    Location::in_text("migrations/journal/V0008__x/up.sql", SQL, SQL.find(needle).unwrap())
}

fn statement(message: &str, place: Location) -> Error {
    Error::new(ErrorKind::Statement, message).at(place)
}

#[test]
fn a_failed_statement_has_its_line_a_caret_the_code_what_is_applied_and_a_hint() {
    let error = statement("no such table: notes", at("notes"))
        .code("SQLITE_ERROR")
        .applied("V7__add_tags is applied; V8__x was rolled back")
        .hint("correct the file and run `up` again");
    insta::assert_snapshot!("error_statement", render(&error, Some("journal"), false));
    insta::assert_snapshot!("error_statement_colour", render(&error, Some("journal"), true));
}

#[test]
fn the_caret_stands_right_behind_wide_characters_and_tabs() {
    insta::assert_snapshot!(
        "error_wide",
        render(&statement("syntax error", at(");\n\tSELECT")), None, false)
    );
    insta::assert_snapshot!(
        "error_tab",
        render(&statement("syntax error at or near \"frm\"", at("frm")), None, false)
    );
    insta::assert_snapshot!(
        "error_end",
        render(&statement("unexpected end", Location::in_text("f.sql", "SELECT", 6)), None, false)
    );
}

#[test]
fn a_file_without_a_line_is_named() {
    let error = Error::new(ErrorKind::Source, "the folder is empty")
        .at(Location::file("migrations/journal/V0009__y"))
        .hint("delete it, or put its files into it");
    insta::assert_snapshot!("error_file", render(&error, None, false));
    let line = Location { file: "pg_service.conf".to_owned(), line: Some(3), ..Location::default() };
    let error = Error::new(ErrorKind::Config, "a line of the service file is not name=value").at(line);
    insta::assert_snapshot!("error_line", render(&error, None, false));
}

#[test]
fn a_refusal_lists_every_difference() {
    let error = Error::new(
        ErrorKind::Diverged,
        "2 differences between files and history:\n- V1__a was changed after it was applied\n- V2__b is applied, but its file is gone",
    )
    .hint("nothing was applied; `status` shows the whole picture");
    insta::assert_snapshot!("error_diverged", render(&error, Some("journal"), false));
}

#[test]
fn long_messages_are_wrapped_between_words() {
    let error = Error::new(
        ErrorKind::Irreversible,
        "V12__drop_ledger is irreversible: the ledger was moved to another system in the same release, and its rows are not here any more",
    )
    .hint("to get back, restore a backup taken before it was applied; nothing was changed");
    insta::assert_snapshot!("error_long", render(&error, None, false));
}

#[test]
fn no_part_of_an_error_shows_a_password() {
    let secret = "postgres://ada:s3cret@db/app";
    let error = Error::new(ErrorKind::Connection, format!("cannot reach {secret}"))
        .at(Location::in_text("f.toml", &format!("url = \"{secret}\""), 7))
        .applied(format!("nothing on {secret}"))
        .hint(format!("try {secret}"));
    let text = render(&error, None, false);
    assert!(!text.contains("s3cret"), "{text}");
    assert_eq!(text.matches("ada:***@db").count(), 4, "{text}");
}
