use super::reports;
use crate::paint::Paint;
use crate::render::text::{self, count, plural, seconds};
use crate::render::{journal, plan};

const PLAIN: Paint = Paint { colour: false };

#[test]
fn up_shows_migrations_steps_changes_and_totals() {
    insta::assert_snapshot!("up", text::report(PLAIN, &reports::up(), "target/dev/journal.db", 83.4));
}

#[test]
fn up_with_nothing_to_do_says_so() {
    insta::assert_snapshot!(text::report(PLAIN, &reports::nothing(), "postgres://app@db1/journal", 0.1), @r"
    journal (postgres, postgres://app@db1/journal): up
      nothing to do
    ");
}

#[test]
fn status_is_a_table_with_problems_and_totals() {
    insta::assert_snapshot!("status", text::status(PLAIN, &reports::status(), "postgres://app@db1/journal"));
}

#[test]
fn colours_mark_what_is_done_open_and_wrong() {
    insta::assert_snapshot!("status_colour", text::status(Paint { colour: true }, &reports::status(), "x"));
}

#[test]
fn a_plan_shows_its_sql() {
    insta::assert_snapshot!("plan", plan::planned(PLAIN, &reports::plan(), "target/dev/journal.db"));
    insta::assert_snapshot!("plan_sql", plan::sql(&reports::plan()));
}

#[test]
fn an_analysis_shows_some_rows_of_each_query() {
    insta::assert_snapshot!("analysis", plan::analysis(PLAIN, &reports::analysis()));
}

#[test]
fn checks_show_what_failed() {
    insta::assert_snapshot!("check", text::check(PLAIN, &reports::checks(), "journal.db"));
}

#[test]
fn the_log_has_a_line_for_each_row() {
    insta::assert_snapshot!("log", journal::log(PLAIN, &reports::log()));
    assert_eq!(journal::log(PLAIN, &[]), "  the journal is empty\n");
}

#[test]
fn numbers_and_times_are_readable() {
    assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    let times = [
        0.0,
        0.0004,
        0.0016,
        0.123,
        0.9996,
        9.994,
        9.996,
        59.94,
        59.96,
        61.0,
        3599.7,
        3600.0,
        7500.0,
        f64::NAN,
    ];
    insta::assert_snapshot!(times.map(seconds).join(" | "), @"<1 ms | <1 ms | 2 ms | 123 ms | 1.00 s | 9.99 s | 10.0 s | 59.9 s | 1 min 00 s | 1 min 01 s | 1 h 00 min | 1 h 00 min | 2 h 05 min | <1 ms");
    assert_eq!([plural(0, "row"), plural(1, "row"), plural(2, "row")], ["0 rows", "1 row", "2 rows"]);
}
