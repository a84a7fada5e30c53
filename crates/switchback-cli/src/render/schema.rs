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
    let _ = match (report.version, report.differences.len()) {
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

/// Two or three lines for each object: its name, then `-` what it was and `+` what it is.
pub fn differences(paint: Paint, differences: &[Difference], indent: &str) -> String {
    let mut out = String::new();
    for difference in differences {
        let _ = writeln!(out, "{indent}{}", difference.object);
        let mut side = |mark: &str, value: &Option<String>, bad: bool| {
            if let Some(value) = value {
                let value = value.replace('\n', &format!("\n{indent}    "));
                let line = format!("{mark} {value}");
                let line = if bad { paint.bad(&line) } else { paint.good(&line) };
                let _ = writeln!(out, "{indent}  {line}");
            }
        };
        side("-", &difference.before, true);
        side("+", &difference.after, false);
    }
    out
}
