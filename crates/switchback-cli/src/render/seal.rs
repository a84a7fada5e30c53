//! Seals and proofs for people.

use super::text::plural;
use crate::paint::Paint;
use std::fmt::Write as _;
use switchback::plan::lock::{Fault, SealProblem};
use switchback::seal::Sealing;

/// What is not sealed as it is.
pub fn check(paint: Paint, database: &str, problems: &[SealProblem]) -> String {
    let mut out = format!("{}: seal\n", paint.strong(database));
    for problem in problems {
        let _ =
            writeln!(out, "  {} {}", paint.bad(&format!("{}:", problem.fault.as_str())), problem.message());
        if matches!(problem.fault, Fault::Edited | Fault::Stale) {
            if let Some(sealed) = &problem.sealed {
                let _ = writeln!(out, "    {}", paint.bad(&format!("- {sealed}")));
            }
            if let Some(found) = &problem.found {
                let _ = writeln!(out, "    {}", paint.good(&format!("+ {found}")));
            }
        }
    }
    let _ = match problems.len() {
        0 => writeln!(out, "  all is sealed as it is"),
        n => writeln!(out, "  {}", plural(n, "problem")),
    };
    out
}

/// What was sealed.
pub fn sealing(paint: Paint, database: &str, sealing: &Sealing) -> String {
    let engines: Vec<&str> = sealing.engines.iter().map(|e| e.as_str()).collect();
    let mut out = format!("{}: seal on {}\n", paint.strong(database), engines.join(" and "));
    for proof in &sealing.proofs {
        out.push_str(&super::proof::text(paint, proof, proof.migrations.iter().map(|m| m.seconds).sum()));
    }
    for notice in &sealing.notices {
        let _ = writeln!(out, "  {} {notice}", paint.open("note:"));
    }
    for (path, _) in sealing.files.iter().filter(|_| sealing.failures().next().is_none()) {
        let _ = writeln!(out, "  {} {path}", paint.good("wrote"));
    }
    if sealing.files.is_empty() {
        let _ = match sealing.kept {
            1 => writeln!(out, "  the migration is sealed as it is"),
            n => writeln!(out, "  all {} sealed as they are", plural(n, "migration")),
        };
    } else if sealing.kept > 0 {
        let how = if sealing.kept == 1 { "it is" } else { "they are" };
        let _ = writeln!(out, "  {} before sealed as {how}", plural(sealing.kept, "migration"));
    }
    out
}
