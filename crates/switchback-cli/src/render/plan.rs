//! Plans for people: what would run, and what was saved and signed.

use crate::answer::json;
use crate::approval::Signature;
use crate::paint::Paint;
use crate::render::rehearsal;
use crate::render::text::{heading, plural};
use std::fmt::Write as _;
use std::path::Path;
use switchback::plan::saved::SavedPlan;
use switchback::report::{Analysis, PlanReport};

/// What would run, with its SQL.
pub fn planned(paint: Paint, plan: &PlanReport, place: &str) -> String {
    let mut out = heading(paint, &plan.database, plan.engine, place, &format!("plan {}", plan.direction));
    if plan.migrations.is_empty() {
        out.push_str("  nothing to do\n");
        return out;
    }
    for migration in &plan.migrations {
        let _ = writeln!(out, "  {}", paint.open(&format!("{} {}", migration.version, migration.name)));
        for step in &migration.steps {
            let _ = writeln!(out, "    step {} ({}){}", step.name, step.mode, sensitive(&step.sensitive));
            for text in step.sql.trim_end().lines() {
                let text = if text.is_empty() { String::new() } else { format!("      {text}") };
                let _ = writeln!(out, "{text}");
            }
        }
        for b in &migration.benchmarks {
            let most =
                b.max_slowdown.map_or_else(String::new, |most| format!(", at most {most} times as long"));
            let _ = writeln!(out, "    benchmark {} ({}{most})", b.name, plural(b.runs as usize, "run"));
            let sides = if b.before == b.after {
                vec![("", &b.after)]
            } else {
                vec![("before: ", &b.before), ("after: ", &b.after)]
            };
            for (side, query) in sides {
                let _ = writeln!(out, "      {side}{}", query.replace('\n', "\n      "));
            }
        }
    }
    let version = |v: Option<i64>| v.map_or_else(|| "none".to_owned(), |v| v.to_string());
    let steps = plan.migrations.iter().map(|m| m.steps.len()).sum();
    let _ = writeln!(
        out,
        "  {}, {}, from {} to {}\n  {}",
        plural(plan.migrations.len(), "migration"),
        plural(steps, "step"),
        version(plan.from),
        version(plan.to),
        paint.dim(&plan.digest)
    );
    out
}

/// How many rows of an analysis people are shown.
const ANALYSIS_ROWS: usize = 20;

/// What the `[[analyze]]` queries of a plan found.
pub fn analysis(paint: Paint, analyses: &[Analysis]) -> String {
    let mut out = String::new();
    for analysis in analyses {
        let _ = writeln!(
            out,
            "  {} {}: {}",
            analysis.version,
            analysis.name,
            format_args!("{}{}", paint.strong(&analysis.what), sensitive(&analysis.sensitive))
        );
        if let Some(error) = &analysis.error {
            let _ = writeln!(out, "    {}", paint.bad(&format!("could not run: {error}")));
        }
        for row in analysis.rows.iter().take(ANALYSIS_ROWS) {
            let cells: Vec<String> =
                analysis.columns.iter().zip(row).map(|(name, v)| format!("{name} {}", cell(v))).collect();
            let _ = writeln!(out, "    {}", cells.join(", "));
        }
        let more = analysis.rows.len().saturating_sub(ANALYSIS_ROWS);
        if more > 0 {
            let _ = writeln!(out, "    and {} (--format json shows them)", plural(more, "more row"));
        }
        if analysis.rows.is_empty() && analysis.error.is_none() {
            let _ = writeln!(out, "    no rows");
        }
    }
    out
}

fn cell(value: &switchback::Value) -> String {
    match value {
        switchback::Value::Text(text) => text.clone(),
        other => json(other),
    }
}

fn sensitive(columns: &[String]) -> String {
    if columns.is_empty() { String::new() } else { format!(", sensitive: {}", columns.join(", ")) }
}

/// The SQL of a plan alone, as a script that can be read or fed to another tool.
pub fn sql(plan: &PlanReport) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "-- {} ({}): plan {}, {}", plan.database, plan.engine, plan.direction, plan.digest);
    for migration in &plan.migrations {
        for step in &migration.steps {
            let _ = writeln!(
                out,
                "\n-- {} {}: step {} ({}){}",
                migration.version,
                migration.name,
                step.name,
                step.mode,
                sensitive(&step.sensitive)
            );
            for text in step.sql.trim_end().lines() {
                // Rust cannot be run by a database: it is there to be read.
                let _ =
                    if step.mode == "rust" { writeln!(out, "-- {text}") } else { writeln!(out, "{text}") };
            }
        }
    }
    out
}

/// What `plan --out` wrote.
pub fn saved(paint: Paint, plan: &SavedPlan, file: &Path) -> String {
    let mut out = format!(
        "  saved in {}, holds until {}\n  {}\n",
        file.display(),
        plan.expires_at,
        paint.dim(&plan.digest)
    );
    for bounds in &plan.rows {
        let _ = writeln!(
            out,
            "    {}: {} rows, may be {} to {}",
            bounds.table, bounds.rows, bounds.at_least, bounds.at_most
        );
    }
    if let Some(expected) = &plan.expected {
        out.push_str(&rehearsal::expected(paint, expected));
    }
    out
}

/// What `plan verify` found.
pub fn verified(
    paint: Paint,
    plan: &SavedPlan,
    signatures: &[Signature],
    (approvals, needed): (usize, u32),
    expired: bool,
) -> String {
    let arguments: String = plan.arguments.iter().map(|a| format!(" {a}")).collect();
    let until = if expired { paint.bad("expired") } else { "holds until".to_owned() };
    let mut out = format!(
        "{}: {}{arguments}\n  {}\n  made {}, {until} {}\n",
        paint.strong(&plan.database),
        plan.action.as_str(),
        plan.digest,
        plan.created_at,
        plan.expires_at
    );
    for s in signatures {
        let key = match (&s.algorithm, &s.fingerprint) {
            (Some(algorithm), Some(fingerprint)) => format!("{algorithm} {fingerprint}"),
            _ => String::new(),
        };
        let _ = match &s.problem {
            None => writeln!(out, "  {} {}  {}", paint.good("✓"), s.principals.join(", "), paint.dim(&key)),
            Some(problem) => writeln!(out, "  {} {}: {}", paint.bad("✗"), s.file, paint.bad(problem)),
        };
    }
    let _ = match needed {
        0 => writeln!(out, "  {approvals} approved"),
        needed => writeln!(out, "  {approvals} of {needed} approved"),
    };
    out
}
