//! Schemas for people: what differs between two.

use super::text::{heading, plural};
use crate::paint::Paint;
use std::fmt::Write as _;
use switchback::plan::schema::Difference;
use switchback::report::DriftReport;

/// What differs from what the migrations make.
pub fn drift(paint: Paint, report: &DriftReport, place: &str) -> String {
    let mut out = heading(paint, &report.database, report.engine, place, "drift");
    out.push_str(&differences(paint, &report.differences, "  "));
    let what = if report.structure_only { "structure" } else { "schema" };
    let _ = match (report.version, count(&report.differences)) {
        (None, 0) => writeln!(out, "  nothing is applied, and nothing is there"),
        (None, n) => writeln!(out, "  {}: nothing is applied", plural(n, "difference")),
        (Some(version), 0) => writeln!(out, "  the {what} is what version {version} left behind"),
        (Some(version), n) => {
            writeln!(out, "  {} from what version {version} left behind", plural(n, "difference"))
        }
    };
    if report.structure_only {
        out.push_str("  defaults, checks and bodies were not compared: the throwaway server is of another major version\n");
    }
    out
}

/// What is new or gone with all of its columns: its name, and whether it is gone.
fn whole_tables(differences: &[Difference]) -> Vec<(&str, bool)> {
    let whole = differences.iter().filter(|d| d.before.is_some() != d.after.is_some());
    whole.filter_map(|d| Some((d.object.strip_prefix("table ")?, d.before.is_some()))).collect()
}

/// The column's own name, where it is one of that table, which is new or gone as a whole.
fn column_of<'d>(difference: &'d Difference, (table, gone): (&str, bool)) -> Option<&'d str> {
    let name = difference.object.strip_prefix("column ")?.strip_prefix(table)?.strip_prefix('.')?;
    (difference.before.is_some() == gone && difference.after.is_some() != gone).then_some(name)
}

/// How many objects differ: a table that is new or gone is one, whatever columns it has.
pub fn count(differences: &[Difference]) -> usize {
    let tables = whole_tables(differences);
    differences.iter().filter(|d| !tables.iter().any(|table| column_of(d, *table).is_some())).count()
}

/// Two or three lines for each object: its name, then `-` what it was and `+` what it is. A table that is new or gone has
/// its columns below it.
pub fn differences(paint: Paint, differences: &[Difference], indent: &str) -> String {
    let mut out = String::new();
    let tables = whole_tables(differences);
    let line = |out: &mut String, gone: bool, text: &str| {
        let line =
            format!("{} {}", if gone { "-" } else { "+" }, text.replace('\n', &format!("\n{indent}    ")));
        let line = if gone { paint.bad(&line) } else { paint.good(&line) };
        let _ = writeln!(out, "{indent}  {line}");
    };
    for difference in differences {
        if tables.iter().any(|table| column_of(difference, *table).is_some()) {
            continue;
        }
        let _ = writeln!(out, "{indent}{}", difference.object);
        let table = tables.iter().find(|(name, _)| difference.object.strip_prefix("table ") == Some(*name));
        let columns: Vec<(&str, &Difference)> = table.map_or_else(Vec::new, |table| {
            differences.iter().filter_map(|d| Some((column_of(d, *table)?, d))).collect()
        });
        for (value, gone) in [(&difference.before, true), (&difference.after, false)] {
            // That a table is there is said by its columns.
            if let Some(value) = value.as_ref().filter(|v| columns.is_empty() || *v != "present") {
                line(&mut out, gone, value);
            }
            for (name, column) in &columns {
                let value = if gone { &column.before } else { &column.after };
                if let Some(value) = value {
                    line(&mut out, gone, &format!("{name}: {value}"));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_new_or_gone_is_one_difference_with_its_columns() {
        let difference = |object: &str, before: Option<&str>, after: Option<&str>| Difference {
            object: object.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        let report = DriftReport {
            database: "app".to_owned(),
            engine: "sqlite",
            version: Some(3),
            drifted: true,
            differences: vec![
                difference("column gone.a", Some("type text, not null"), None),
                difference("column hand.x", None, Some("no type")),
                difference("column hand.y", None, Some("type integer")),
                difference("column users.x", None, Some("type text")),
                difference("column users.y: type", Some("none"), Some("text")),
                difference("index hand_x", None, Some("columns x")),
                difference("table gone", Some("strict"), None),
                difference("table hand", None, Some("present")),
                difference("table users: order of columns", Some("id, y"), Some("id, y, x")),
            ],
            ..DriftReport::default()
        };
        insta::assert_snapshot!(drift(Paint::default(), &report, "app.db"));
    }
}
