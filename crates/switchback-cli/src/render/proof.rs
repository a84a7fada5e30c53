//! What a proof found, as text.

use super::text::{count, heading, plural, plural_rows, seconds};
use crate::paint::Paint;
use std::fmt::Write;
use switchback::prove::{Difference, MigrationProof, ProofReport, Verdict};

/// Differences of one migration that people are shown.
const SHOWN: usize = 12;

const VERDICTS: [Verdict; 7] = [
    Verdict::Exact,
    Verdict::ColumnOrder,
    Verdict::Lossy,
    Verdict::Broken,
    Verdict::Unproven,
    Verdict::Irreversible,
    Verdict::NoDown,
];

/// What `prove` found on one engine.
pub fn text(paint: Paint, report: &ProofReport, time: f64) -> String {
    let mut out = heading(paint, &report.database, report.engine, "", "proof");
    let digits = report.migrations.iter().map(|m| m.version.to_string().len()).max().unwrap_or(1);
    let width = report.migrations.iter().map(|m| m.name.chars().count()).max().unwrap_or(1);
    for m in &report.migrations {
        let mark = if m.passed { paint.good("✓") } else { paint.bad("!") };
        let verdict = format!("{:<12}", m.verdict.as_str());
        let verdict = if m.passed { verdict } else { paint.bad(&verdict) };
        let rows: u64 = m.tables.iter().map(|t| t.rows).sum();
        let line =
            format!("  {mark} {:>digits$}  {:<width$}  {verdict}  {}", m.version, m.name, over(m, rows));
        let _ = writeln!(out, "{}", line.trim_end());
        details(paint, m, &mut out);
    }
    for unfilled in &report.unfilled {
        let _ = writeln!(
            out,
            "  no rows for {} (from version {}): {}",
            unfilled.table, unfilled.version, unfilled.error
        );
    }
    out.push_str(&totals(report, time));
    out
}

fn over(m: &MigrationProof, rows: u64) -> String {
    match m.tables.len() {
        0 => String::new(),
        tables => format!("{} in {}", plural_rows(rows), plural(tables, "table")),
    }
}

fn details(paint: Paint, m: &MigrationProof, out: &mut String) {
    for reason in &m.reasons {
        let _ = writeln!(out, "      {}", reason.replace('\n', "\n      "));
    }
    differences("", &m.differences, out);
    for loss in &m.losses {
        let rows = if loss.rows == 0 { String::new() } else { format!(": {} rows", count(loss.rows)) };
        let _ = writeln!(out, "      lost {}{rows}", loss.object);
    }
    for loss in &m.lost {
        let _ = writeln!(out, "      removed by the way up: {} ({} rows)", loss.object, count(loss.rows));
    }
    for prefix in m.prefixes.iter().filter(|p| p.verdict == "forward-only") {
        let _ = writeln!(
            out,
            "      {}",
            paint.dim(&format!(
                "behind step {} it can only go on: its sides have different numbers of steps",
                prefix.step
            ))
        );
    }
    differences("the second up: ", &m.redo, out);
}

fn differences(prefix: &str, differences: &[Difference], out: &mut String) {
    for d in differences.iter().take(SHOWN) {
        let said = |side: &Option<String>| side.as_deref().unwrap_or("nothing").replace('\n', "\n        ");
        let _ = writeln!(out, "      {prefix}{}: {} → {}", d.object, said(&d.before), said(&d.after));
    }
    if differences.len() > SHOWN {
        let more = plural(differences.len() - SHOWN, "more difference");
        let _ = writeln!(out, "      {prefix}and {more} (--format json shows them)");
    }
}

fn totals(report: &ProofReport, time: f64) -> String {
    if report.migrations.is_empty() {
        return "  nothing to prove\n".to_owned();
    }
    let counted: Vec<String> = VERDICTS
        .iter()
        .filter_map(|v| {
            let number = report.migrations.iter().filter(|m| m.verdict == *v).count();
            (number > 0).then(|| format!("{} {}", count(number as u64), v.as_str()))
        })
        .collect();
    format!(
        "  {}: {} in {}\n",
        plural(report.migrations.len(), "migration"),
        counted.join(", "),
        seconds(time)
    )
}
