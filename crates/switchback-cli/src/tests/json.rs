use super::reports;
use crate::answer::{Answer, bare_error};
use switchback::{Error, ErrorKind, Location};

fn pretty(text: &str) -> String {
    assert!(text.ends_with('\n') && text.matches('\n').count() == 1, "one document, one line");
    serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(text).unwrap()).unwrap()
}

fn failure() -> Error {
    Error::new(ErrorKind::Statement, "no such table: notes")
        .at(Location::in_text("V0008__x/up.sql", "SELECT 1;\nINSERT INTO notes VALUES (1);\n", 22))
        .code("SQLITE_ERROR")
        .applied("V7__add_tags is applied")
        .hint("correct the file and run `up` again")
}

#[test]
fn the_shapes_of_up_status_and_plan_are_those_of_the_reference() {
    let mut answer = Answer::new("databases");
    answer.add(&reports::up());
    insta::assert_snapshot!("json_up", pretty(&answer.document()));
    let mut answer = Answer::new("databases");
    answer.add(&reports::status());
    insta::assert_snapshot!("json_status", pretty(&answer.document()));
    let mut answer = Answer::new("plans");
    answer.add(&reports::plan());
    insta::assert_snapshot!("json_plan", pretty(&answer.document()));
}

#[test]
fn nothing_to_say_is_an_empty_list() {
    assert_eq!(Answer::new("databases").document(), "{\"databases\":[]}\n");
}

#[test]
fn an_error_without_any_result_is_the_whole_document() {
    let answer = Answer::from(failure());
    insta::assert_snapshot!("json_error", pretty(&answer.document()));
    assert_eq!(answer.exit_code(), 1);
}

#[test]
fn what_was_done_before_a_failure_stays_visible() {
    let mut answer = Answer::new("databases");
    answer.add(&reports::nothing());
    answer.fail("orchestrator", failure());
    answer.fail("dashboard", Error::new(ErrorKind::Connection, "gone"));
    insta::assert_snapshot!("json_partial", pretty(&answer.document()));
}

#[test]
fn an_interruption_has_its_own_exit_code() {
    let mut answer = Answer::new("databases");
    assert_eq!(answer.exit_code(), 0);
    answer.fail("a", Error::new(ErrorKind::Interrupted, "interrupted"));
    assert_eq!(answer.exit_code(), 130);
}

#[test]
fn errors_of_usage_have_the_same_fields() {
    insta::assert_snapshot!(
        bare_error("usage", "unexpected argument '--x'", None).trim_end(),
        @r#"{"error":{"kind":"usage","message":"unexpected argument '--x'","file":null,"line":null,"column":null,"code":null,"applied":null,"hint":null,"database":null}}"#
    );
}
