//! The journal for people: what is wrong with it.

use crate::paint::Paint;
use std::fmt::Write as _;
use switchback::journal::JournalReport;

/// What `log --verify` found.
pub fn verified(paint: Paint, report: &JournalReport) -> String {
    let mut out = String::new();
    for fault in &report.faults {
        let _ = writeln!(out, "  {} {}  {}", paint.bad("✗"), paint.bad(fault.kind), fault.message);
    }
    if let [first, .., last] | [first @ last] = report.adopted.as_slice() {
        let versions =
            if first == last { format!("version {first}") } else { format!("versions {first} to {last}") };
        let _ = writeln!(out, "  · {versions}: applied by refinery, so the journal has no row of it");
    }
    let rows = match report.rows {
        1 => "1 row".to_owned(),
        n => format!("{n} rows"),
    };
    let _ = match (&report.head, report.faults.is_empty(), report.anchored) {
        (None, true, _) => writeln!(out, "  the journal is empty"),
        (Some(head), true, Some(row)) => {
            writeln!(
                out,
                "  {} {rows}, and row {row} is the anchored one; the newest is {} {}",
                paint.good("✓"),
                head.id,
                head.hash
            )
        }
        (Some(head), true, None) => {
            writeln!(out, "  {} {rows}; the newest is {} {}", paint.good("✓"), head.id, head.hash)
        }
        (_, false, _) => writeln!(out, "  {rows}, {} wrong", report.faults.len()),
    };
    out
}
