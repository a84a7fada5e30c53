//! Reports as text that a tired person reads at night.

use crate::paint::Paint;
use std::collections::HashSet;
use std::fmt::Write;
use switchback::report::{
    BenchmarkReport, CheckReport, MigrationReport, PreflightReport, Report, Severity, Status, StepReport,
};

/// `1,587`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `<1 ms`, `40 ms`, `1.25 s`, `12.3 s`, `3 min 20 s`, `2 h 05 min`.
pub fn seconds(time: f64) -> String {
    let time = if time.is_finite() { time.max(0.0) } else { 0.0 };
    let whole = time.round() as u64;
    match time {
        t if t < 0.001 => "<1 ms".to_owned(),
        t if t < 0.9995 => format!("{:.0} ms", t * 1000.0),
        t if t < 9.995 => format!("{t:.2} s"),
        t if t < 59.95 => format!("{t:.1} s"),
        t if t < 3599.5 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// `1.25 s`, of whole milliseconds.
pub fn ms(ms: u64) -> String {
    seconds(ms as f64 / 1000.0)
}

/// `1 step`, `2 steps`.
pub fn plural(number: usize, word: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {word}{s}", count(number as u64))
}

/// `1 row`, `1,200 rows`.
pub fn plural_rows(number: u64) -> String {
    format!("{} row{}", count(number), if number == 1 { "" } else { "s" })
}

/// The heading of a database: its name, engine and place.
pub fn heading(paint: Paint, database: &str, engine: &str, place: &str, what: &str) -> String {
    let place = if place.is_empty() { String::new() } else { paint.dim(&format!(", {place}")) };
    let what = if what.is_empty() { String::new() } else { format!(": {what}") };
    format!("{} ({engine}{place}){what}\n", paint.strong(database))
}

/// What `up` or `down` did.
pub fn report(paint: Paint, report: &Report, place: &str, time: f64) -> String {
    let mut out = heading(paint, &report.database, report.engine, place, report.direction);
    if let Some(backup) = &report.backup {
        let name = backup.file_name().unwrap_or_default().to_string_lossy();
        out.push_str(&format!("  {}\n", paint.dim(&format!("behind the backup {name}"))));
    }
    for migration in &report.migrations {
        self::migration(paint, migration, &mut out);
    }
    for rows in &report.rows {
        if let (Some(before), Some(after)) = (rows.before, rows.after)
            && before != after
        {
            let told = format!("{} before, {} now", count(before), count(after));
            out.push_str(&line(2, &format!("rows of {}", rows.table), &told));
        }
    }
    out.push_str(&totals(report, time));
    out
}

const WIDTH: usize = 72;

/// Text on the left, a time or number on the right.
pub fn line(indent: usize, left: &str, right: &str) -> String {
    let left = format!("{:indent$}{left}", "");
    if right.is_empty() {
        return format!("{left}\n");
    }
    let gap = WIDTH.saturating_sub(left.chars().count() + right.chars().count()).max(2);
    format!("{left}{:gap$}{}\n", "", right.trim_end())
}

fn migration(paint: Paint, migration: &MigrationReport, out: &mut String) {
    let time: f64 = migration.steps.iter().map(|s| s.seconds).sum();
    let title = format!("{} {}", migration.version, migration.name);
    let text = line(2, &title, &seconds(time));
    out.push_str(&text.replacen(&title, &paint.good(&title), 1));
    let only_main = matches!(migration.steps.as_slice(), [step] if step.name == "main");
    for step in &migration.steps {
        if !only_main {
            out.push_str(&line(4, &format!("step {}", step.name), &seconds(step.seconds)));
        }
        changes(step, if only_main { 4 } else { 6 }, out);
        for loss in &step.losses {
            let indent = if only_main { 4 } else { 6 };
            let told = format!("gone: {} ({}, {})", loss.object, loss.how, loss.allowed);
            out.push_str(&line(indent, &told, &rows_of(loss.rows)));
        }
    }
    for benchmark in &migration.benchmarks {
        out.push_str(&line(4, &format!("benchmark {}", benchmark.name), &compared(benchmark)));
    }
    if let Some(details) = &migration.details {
        self::details(details, 4, out);
    }
}

/// `4.1 ms, then 3.9 ms: 0.95 times`.
fn compared(benchmark: &BenchmarkReport) -> String {
    let time = |time: f64| match time {
        t if t < 0.001 => format!("{:.0} µs", t * 1e6),
        t if t < 0.1 => format!("{:.1} ms", t * 1e3),
        t => seconds(t),
    };
    let after = time(benchmark.after);
    match (benchmark.before, benchmark.ratio) {
        (Some(before), Some(ratio)) => format!("{}, then {after}: {ratio:.2} times", time(before)),
        _ => format!("not timed before, then {after}"),
    }
}

fn changes(step: &StepReport, indent: usize, out: &mut String) {
    for change in &step.changes {
        let rows = change.rows.map_or_else(String::new, rows_of);
        out.push_str(&line(indent, &change.what, &rows));
    }
}

/// The same in a column of numbers.
fn rows_of(rows: u64) -> String {
    format!("{} row{}", count(rows), if rows == 1 { " " } else { "s" })
}

/// What a Rust migration reported: scalars are shown, lists are counted.
fn details(details: &serde_json::Value, indent: usize, out: &mut String) {
    use serde_json::Value;
    let Value::Object(fields) = details else {
        out.push_str(&line(indent, &details.to_string(), ""));
        return;
    };
    for (name, value) in fields {
        match value {
            Value::Object(_) => {
                out.push_str(&line(indent, &format!("{name}:"), ""));
                self::details(value, indent + 2, out);
            }
            Value::Array(items) if items.len() > 5 || items.iter().any(|i| i.is_object() || i.is_array()) => {
                let shown = format!("{name}: {} (--format json shows them)", entries(items.len()));
                out.push_str(&line(indent, &shown, ""));
            }
            Value::String(text) => out.push_str(&line(indent, &format!("{name}: {text}"), "")),
            other => out.push_str(&line(indent, &format!("{name}: {other}"), "")),
        }
    }
}

fn entries(number: usize) -> String {
    if number == 1 { "1 entry".to_owned() } else { format!("{} entries", count(number as u64)) }
}

fn totals(report: &Report, time: f64) -> String {
    let steps: Vec<&StepReport> = report.migrations.iter().flat_map(|m| &m.steps).collect();
    if report.migrations.is_empty() {
        return "  nothing to do\n".to_owned();
    }
    let changes: usize = steps.iter().map(|s| s.changes.len()).sum();
    let rows: u64 = steps.iter().flat_map(|s| &s.changes).filter_map(|c| c.rows).sum();
    format!(
        "  {}, {}, {}, {} in {}\n",
        plural(report.migrations.len(), "migration"),
        plural(steps.len(), "step"),
        plural(changes, "change"),
        plural_rows(rows),
        seconds(time)
    )
}

/// `status` as a table.
pub fn status(paint: Paint, status: &Status, place: &str) -> String {
    let mut out = heading(paint, &status.database, status.engine, place, "");
    let names = status.applied.iter().map(|a| (a.version, a.name.as_str()));
    let names = names.chain(status.pending.iter().map(|p| (p.version, p.name.as_str())));
    let (mut digits, mut width) = (1, 4);
    for (version, name) in names {
        digits = digits.max(version.to_string().len());
        width = width.max(name.chars().count());
    }
    let wrong: HashSet<i64> = status.problems.iter().map(|p| p.version).collect();
    let half: HashSet<i64> =
        status.problems.iter().filter(|p| p.kind == "in_progress").map(|p| p.version).collect();
    for applied in &status.applied {
        let wrong = wrong.contains(&applied.version);
        let mark = if wrong { paint.bad("!") } else { paint.good("✓") };
        let when = format!("applied {}", moment(&applied.applied_at));
        let _ = writeln!(out, "  {mark} {:>digits$}  {:<width$}  {when}", applied.version, applied.name);
    }
    for pending in &status.pending {
        let wrong = wrong.contains(&pending.version);
        let half = half.contains(&pending.version);
        let mark = if wrong { paint.bad("!") } else { paint.open("·") };
        let _ = writeln!(
            out,
            "  {mark} {:>digits$}  {:<width$}  {}",
            pending.version,
            pending.name,
            paint.open(if half { "in progress" } else { "pending" })
        );
    }
    for problem in &status.problems {
        let message = problem.message.replace('\n', "\n    ");
        let _ = writeln!(out, "  {} {message}", paint.bad(&format!("{}:", problem.kind)));
    }
    let mut parts = vec![
        format!("{} applied", count(status.applied.len() as u64)),
        format!("{} pending", count(status.pending.len() as u64)),
    ];
    if !status.problems.is_empty() {
        parts.push(plural(status.problems.len(), "problem"));
    }
    let _ = writeln!(out, "  {}", parts.join(", "));
    out
}

/// `2026-01-01T10:00:00.123456789Z` without what nobody reads.
pub fn moment(rfc3339: &str) -> String {
    match rfc3339.split_once('T') {
        Some((day, time)) if time.len() >= 8 && (time.ends_with('Z') || time.ends_with("+00:00")) => {
            format!("{day} {} UTC", time.get(..8).unwrap_or(time))
        }
        Some(_) | None => rfc3339.to_owned(),
    }
}

/// What `check` found.
pub fn check(paint: Paint, report: &CheckReport, place: &str) -> String {
    let mut out = heading(paint, &report.database, report.engine, place, "checks");
    for check in &report.checks {
        let good = check.rows == 0 && check.error.is_none();
        let mark = if good { paint.good("✓") } else { paint.bad("!") };
        let found = match (&check.error, check.rows) {
            (Some(error), _) => format!(": {}", paint.bad(&format!("could not run: {error}"))),
            (None, 0) => String::new(),
            (None, rows) => format!(": {}", paint.bad(&plural_rows(rows))),
        };
        let _ = writeln!(out, "  {mark} {} {}: {}{found}", check.version, check.name, check.what);
    }
    let failed = report.checks.iter().filter(|c| c.rows > 0 || c.error.is_some()).count();
    let failed = if failed == 0 { "all good".to_owned() } else { format!("{failed} failed") };
    let _ = match report.checks.len() {
        0 => writeln!(out, "  no checks"),
        n => writeln!(out, "  {}, {failed}", plural(n, "check")),
    };
    for finding in report.findings.iter().filter(|f| f.severity != Severity::Ok) {
        let (mark, message) = match finding.severity {
            Severity::Fail => (paint.bad("!"), paint.bad(&finding.message)),
            Severity::Warn | Severity::Ok => (paint.open("!"), finding.message.clone()),
        };
        let _ = writeln!(out, "  {mark} {}: {message}", finding.kind);
        if let Some(hint) = &finding.hint {
            let _ = writeln!(out, "      {}", paint.dim(hint));
        }
    }
    let of = |severity| report.findings.iter().filter(|f| f.severity == severity).count();
    let found = match (of(Severity::Warn), of(Severity::Fail)) {
        (0, 0) => "all well".to_owned(),
        (warn, fail) => format!("{}, {fail} in the way of `up`", plural(warn, "warning")),
    };
    if !report.findings.is_empty() {
        let _ = writeln!(out, "  {} looked at: {found}", plural(report.findings.len(), "thing"));
    }
    if let Some(preflight) = &report.preflight {
        out.push_str(&preflight_of(paint, preflight));
    }
    out
}

/// What the next migration would find in the keys that it converts.
fn preflight_of(paint: Paint, report: &PreflightReport) -> String {
    let mut out = format!("  before {} {}, which converts keys:\n", report.version, report.name);
    for column in &report.columns {
        let mut parts = vec![format!("{} canonical", column.canonical)];
        if column.nulls > 0 {
            parts.push(format!("{} null", column.nulls));
        }
        let more = [&column.duplicates, &column.dangling];
        for odd in column.odd.iter().chain(more).filter(|o| o.rows > 0) {
            let samples: Vec<String> = odd.samples.iter().map(|s| format!("'{s}'")).collect();
            parts.push(paint.bad(&format!("{} {} ({})", odd.rows, odd.kind, samples.join(", "))));
        }
        let _ = writeln!(out, "    {}: {}, {}", column.column, plural_rows(column.rows), parts.join(", "));
    }
    let _ = match &report.refused {
        None if report.columns.is_empty() => writeln!(out, "    every key is native already"),
        None => Ok(()),
        Some(why) => {
            writeln!(out, "  {} {}", paint.bad("!"), paint.bad(&format!("it would be refused: {why}")))
        }
    };
    out
}
