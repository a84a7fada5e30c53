//! What is kept aside, for people.

use super::safety::bytes;
use super::text;
use crate::paint::Paint;
use std::fmt::Write as _;
use switchback::KeptReport;
use switchback::plan::words::plural;

/// `kept list`.
pub fn list(paint: Paint, report: &KeptReport, place: &str) -> String {
    let mut out = text::heading(paint, &report.database, report.engine, place, "kept aside");
    if report.kept.is_empty() {
        out.push_str("  nothing\n");
    }
    for kept in &report.kept {
        let of = kept.of.as_ref().map(|of| format!(" of {of}")).unwrap_or_default();
        let mut facts = vec![format!("{}{of}", kept.kind)];
        facts.extend(kept.rows.map(|rows| plural(usize::try_from(rows).unwrap_or(usize::MAX), "row")));
        facts.extend(kept.bytes.map(bytes));
        let _ = writeln!(out, "  {}\n    {}", paint.strong(&kept.name), facts.join(", "));
        let by = match (kept.version, &kept.migration) {
            (Some(version), Some(name)) => format!("by V{version}__{name}"),
            _ => "by no migration that is applied".to_owned(),
        };
        let since = kept.since.as_ref().map(|at| format!(", since {at}")).unwrap_or_default();
        let by = if kept.kind == "database" { "by a restore".to_owned() } else { by };
        let by = if kept.kind == "rejects" { "by migrations in Rust".to_owned() } else { by };
        let _ = writeln!(out, "    {by}{since}");
        if let [first, rest @ ..] = kept.needed_by.as_slice() {
            let all: Vec<String> = std::iter::once(first).chain(rest).map(|v| format!("V{v}")).collect();
            let _ = writeln!(out, "    the way down of {} works with it", all.join(", "));
        }
    }
    out
}
