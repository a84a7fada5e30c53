//! Backups, restores and rollbacks as text.

use crate::config::shown;
use crate::paint::Paint;
use crate::render::text::{self, count, plural, plural_rows, seconds};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use switchback::backup::{BackupReport, Listed, Manifest, Reason};
use switchback::restore::{Before, Restored};
use switchback::rollback::{Choice, RolledBack, Since, Way};

/// `812 B`, `1.4 MB`, `5.2 GB`.
pub fn bytes(number: u64) -> String {
    let mut number = number as f64;
    let mut unit = "B";
    for next in ["kB", "MB", "GB", "TB"] {
        if number < 999.5 {
            break;
        }
        number /= 1000.0;
        unit = next;
    }
    if unit == "B" || number >= 9.95 { format!("{number:.0} {unit}") } else { format!("{number:.1} {unit}") }
}

/// A backup that was made.
pub fn backup(paint: Paint, made: &BackupReport, removed: &[PathBuf], start: &Path) -> String {
    let manifest = &made.manifest;
    let mut out = format!(
        "  {} {}\n    {} behind {}, {} in {}, written by {} in {}\n",
        paint.good("backup"),
        shown(&made.path, start),
        bytes(made.bytes),
        manifest.head_label(),
        plural_rows(manifest.rows()),
        plural(manifest.tables.len(), "table"),
        manifest.writer,
        seconds(made.seconds),
    );
    for path in removed {
        let _ = writeln!(out, "    removed {}", shown(path, start));
    }
    out
}

/// The backups of a database, oldest first.
pub fn backups(paint: Paint, database: &str, dir: &Path, backups: &[Listed], start: &Path) -> String {
    if backups.is_empty() {
        return format!("{}: no backup in {}\n", paint.strong(database), shown(dir, start));
    }
    let mut out =
        format!("{}: {} in {}\n", paint.strong(database), plural(backups.len(), "backup"), shown(dir, start));
    for backup in backups {
        let manifest = &backup.manifest;
        let why = match manifest.reason {
            Reason::Asked => "",
            Reason::BeforeUp => ", before up",
            Reason::BeforeRestore => ", before a restore",
        };
        let _ = writeln!(
            out,
            "  {}  {}, {}, {}{why}",
            backup.path.file_name().unwrap_or_default().to_string_lossy(),
            manifest.head_label(),
            plural_rows(manifest.rows()),
            bytes(manifest.bytes()),
        );
    }
    out
}

/// A backup that is what it was.
pub fn verified(paint: Paint, path: &Path, manifest: &Manifest, start: &Path) -> String {
    format!(
        "{}: {} {}: {} and {} of {} restored and compared\n",
        paint.strong(&manifest.database),
        shown(path, start),
        paint.good("verified"),
        plural(manifest.tables.len(), "table"),
        plural_rows(manifest.rows()),
        manifest.taken_at,
    )
}

/// What a restore is about to do.
pub fn restore_intent(manifest: &Manifest, from: &Path, start: &Path) -> Vec<String> {
    vec![
        format!(
            "{} goes back to {}, {} of {} behind {}",
            manifest.database,
            shown(from, start),
            plural_rows(manifest.rows()),
            manifest.taken_at,
            manifest.head_label(),
        ),
        "what was written since is gone from it; the present state is kept first".to_owned(),
    ]
}

/// A backup that was restored.
pub fn restored(paint: Paint, restored: &Restored, start: &Path) -> String {
    let way = match restored.way {
        "swap" => "filled beside it, compared, then the names changed",
        "file" => "in the place of the damaged file",
        "in_place" => "in one transaction of the database itself",
        _ if restored.compared => "in one transaction, compared with the backup",
        _ => "in one transaction; not compared, for somebody wrote to it at once or did not wait for that",
    };
    let before = match &restored.before {
        Before::Backup(path) => format!("the state before is kept in {}", shown(path, start)),
        Before::Database(name) => {
            format!("the state before is kept as the database {name}: drop it when you need it no more")
        }
        Before::Nothing => "there was no state before".to_owned(),
    };
    let mut out = format!(
        "{} {} to {} in {}: {way}\n  {} behind {}\n  {before}\n",
        paint.strong(&restored.database),
        paint.good("restored"),
        shown(&restored.from, start),
        seconds(restored.seconds),
        plural_rows(restored.manifest.rows()),
        restored.manifest.head_label(),
    );
    for who in &restored.ended {
        let _ = writeln!(out, "  ended {who}");
    }
    out
}

/// What a rollback is about to do, and why.
pub fn choice(choice: &Choice, start: &Path) -> Vec<String> {
    let to = match choice.to {
        Some(0) => "before the first migration".to_owned(),
        Some(version) => format!("version {version}"),
        None => "what the backup holds".to_owned(),
    };
    let mut lines = vec![match &choice.way {
        Way::Down { migrations } => {
            format!("{} goes back to {to} by the way down: {}", choice.database, migrations.join(", "))
        }
        Way::Backup { path, taken_at } => {
            format!(
                "{} goes back to {to} by the backup of {taken_at}: {}",
                choice.database,
                shown(path, start)
            )
        }
    }];
    lines.push(format!("why: {}", choice.why));
    let by_backup = matches!(choice.way, Way::Backup { .. });
    if by_backup {
        lines.push(
            "what others wrote while that run was under way is LOST by this too, and is not counted"
                .to_owned(),
        );
    }
    match &choice.since {
        Since::Known(changed) if changed.is_empty() => {
            lines.push("nothing was written since the run ended".to_owned());
        }
        Since::Known(changed) => {
            lines.push(match by_backup {
                true => "written since the run ended, and LOST by this:".to_owned(),
                false => "written since the run ended, and kept as far as the tables stay:".to_owned(),
            });
            lines.extend(changed.iter().map(|c| {
                format!(
                    "  {}: {} inserted or changed; {} then, {} now",
                    c.table,
                    plural_rows(c.written),
                    count(c.rows_then),
                    plural_rows(c.rows_now)
                )
            }));
        }
        Since::Unknown(why) if by_backup => {
            lines.push(format!("whatever was written since is LOST by this, and nobody can say what: {why}"));
        }
        Since::Unknown(why) => {
            lines.push(format!("what was written since is kept; nobody can say what: {why}"))
        }
    }
    lines
}

/// A rollback that was done.
pub fn rolled_back(paint: Paint, done: &RolledBack, start: &Path) -> String {
    let mut out = match (&done.report, &done.restored) {
        (Some(report), _) => text::report(paint, report, "", done.seconds),
        (None, Some(back)) => restored(paint, back, start),
        (None, None) => String::new(),
    };
    let _ = writeln!(out, "{} in {}: {}", paint.good("rolled back"), seconds(done.seconds), done.verified);
    out
}
