//! Saved plans for people.

use crate::approval::Signature;
use crate::paint::Paint;
use crate::render::rehearsal;
use std::fmt::Write as _;
use std::path::Path;
use switchback::plan::saved::SavedPlan;

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
