//! Rehearsals as text.

use crate::config::shown;
use crate::paint::Paint;
use crate::render::text::{heading, line, ms, seconds};
use std::fmt::Write as _;
use std::path::Path;
use switchback::plan::rehearsal::{Expected, Part, Rehearsal, Timed};

/// What a rehearsal found.
pub fn rehearsal(paint: Paint, report: &Rehearsal, backup: &Path, start: &Path) -> String {
    let mut out = heading(paint, &report.database, &report.engine, &shown(backup, start), "rehearsal");
    for act in &report.acts {
        let name = act.part.as_str();
        let text = line(2, name, &seconds(act.seconds));
        let painted = if act.passed { paint.good(name) } else { paint.bad(name) };
        out.push_str(&text.replacen(name, &painted, 1));
        if act.passed {
            let _ = writeln!(out, "    {}", paint.dim(&act.outcome));
        } else {
            let _ = writeln!(out, "    {}", paint.bad(&act.outcome));
        }
        match act.part {
            Part::Up => migrations(&report.up, &mut out),
            Part::Down => migrations(&report.down, &mut out),
            Part::Restore | Part::CheckBefore | Part::CheckAfter | Part::Compare => {}
        }
    }
    let _ = if report.passed {
        writeln!(out, "  {} in {}", paint.good("rehearsed"), seconds(report.seconds))
    } else {
        writeln!(out, "  {} after {}", paint.bad("failed"), seconds(report.seconds))
    };
    out
}

fn migrations(migrations: &[Timed], out: &mut String) {
    for migration in migrations {
        let title = format!("{} {}", migration.version, migration.name);
        out.push_str(&line(4, &title, &seconds(migration.seconds)));
        let only_main = matches!(migration.steps.as_slice(), [step] if step.name == "main");
        for step in migration.steps.iter().filter(|_| !only_main) {
            out.push_str(&line(6, &format!("step {}", step.name), &seconds(step.seconds)));
        }
        for b in &migration.benchmarks {
            let before = b.before.map(|before| format!("{}, then ", seconds(before))).unwrap_or_default();
            out.push_str(&line(
                6,
                &format!("benchmark {}", b.name),
                &format!("{before}{}", seconds(b.after)),
            ));
        }
    }
}

/// What a plan expects.
pub fn expected(paint: Paint, expected: &Expected) -> String {
    let mut out =
        format!("  expected, as rehearsed over {}: {}\n", expected.backup, paint.strong(&ms(expected.up_ms)));
    for migration in &expected.migrations {
        let title = format!("{} {}", migration.version, migration.name);
        let down = migration.down_ms.map(|down| format!(", down {}", ms(down))).unwrap_or_default();
        out.push_str(&line(4, &title, &format!("{}{down}", ms(migration.up_ms))));
    }
    let back = match expected.down_ms {
        Some(down) => {
            format!("    the way back: {} down, or {} by the backup\n", ms(down), ms(expected.restore_ms))
        }
        None => format!("    the way back: {} by the backup\n", ms(expected.restore_ms)),
    };
    out.push_str(&back);
    out
}
