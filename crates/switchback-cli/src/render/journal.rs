//! The journal for people: its rows, and what is wrong with them.

use crate::paint::Paint;
use crate::render::text::{moment, plural_rows, seconds};
use std::fmt::Write as _;
use switchback::journal::JournalReport;
use switchback::report::LogEntry;

/// The journal, one line for each row.
pub fn log(paint: Paint, entries: &[LogEntry]) -> String {
    if entries.is_empty() {
        return "  the journal is empty\n".to_owned();
    }
    let digits = entries.iter().map(|e| e.id.to_string().len()).max().unwrap_or(1);
    let width = entries.iter().map(|e| e.event.chars().count()).max().unwrap_or(1);
    let mut out = String::new();
    for entry in entries {
        let event = format!("{:<width$}", entry.event);
        let event = if entry.event == "failed" { paint.bad(&event) } else { event };
        let mut line = format!("  {:>digits$}  {}  {event}", entry.id, moment(&entry.at));
        if let Some(direction) = &entry.direction {
            let _ = write!(line, "  {direction}");
        }
        if let Some(version) = entry.version {
            let _ = write!(line, " {version} {}", entry.name.as_deref().unwrap_or_default());
        }
        if let Some(step) = entry.step.as_deref().filter(|step| *step != "main") {
            let _ = write!(line, " step {step}");
        }
        if let Some(rows) = entry.rows.and_then(|r| u64::try_from(r).ok()).filter(|r| *r > 0) {
            let _ = write!(line, ", {}", plural_rows(rows));
        }
        if let Some(time) = entry.duration_ms {
            let _ = write!(line, ", {}", seconds(time as f64 / 1000.0));
        }
        let _ = writeln!(out, "{line}  {}", paint.dim(&format!("{}@{}", entry.actor, entry.host)));
        if let Some(detail) = &entry.detail {
            let _ = writeln!(out, "  {:digits$}  {}", "", detail.replace('\n', "\n    "));
        }
    }
    out
}

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
