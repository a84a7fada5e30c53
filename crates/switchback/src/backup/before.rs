//! A backup before migrations are applied.

use super::{Reason, list, make};
use crate::migrator::{Connected, Note};
use crate::report::Report;
use crate::rollback::since;
use std::path::PathBuf;
use switchback_plan::{Body, Dialect, Direction, Result, Target, losing, plan};

/// When a run upwards makes a backup first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Whenever there are rows.
    Always,
    /// When something that runs rewrites or deletes rows.
    DataLoss,
    /// Not at all.
    Never,
}

impl When {
    /// What holds where nobody says otherwise: a file is copied in a moment, a server's database is not.
    pub fn usual(dialect: Dialect) -> When {
        match dialect {
            Dialect::Sqlite => When::Always,
            Dialect::Postgres => When::DataLoss,
        }
    }
}

/// What a run upwards does about backups.
#[derive(Debug, Clone)]
pub struct Before {
    /// When it makes one.
    pub when: When,
    /// Where.
    pub dir: PathBuf,
    /// How many of those that runs made stay.
    pub keep: usize,
}

/// Applies what is pending, behind a backup where one is due. The report names it. When the run has ended, what the
/// tables hold is noted beside the backup, so that a rollback can say what was written since.
///
/// # Errors
/// As [`Connected::up`]; a backup that cannot be made, before anything runs and before any lock is taken.
pub fn up(connected: &mut Connected, target: Target, before: &Before) -> Result<Report> {
    if !is_due(connected, target, before.when)? {
        return connected.up(target);
    }
    let made = make(connected, &before.dir, Reason::BeforeUp)?;
    let name = made.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    connected.note(Note::BackedUp, &format!("{name}, {} rows", made.manifest.rows()))?;
    let done = connected.up(target);
    connected.report.backup = Some(made.path.clone());
    // Also where the run failed: what it committed stays, and others write on.
    let marked = since::mark(connected, &made.path);
    done?;
    marked?;
    list::forget(&before.dir, &connected.local.name, Reason::BeforeUp, before.keep)?;
    Ok(connected.report.clone())
}

fn is_due(connected: &mut Connected, target: Target, when: When) -> Result<bool> {
    if when == When::Never {
        return Ok(false);
    }
    let state = connected.read(false)?;
    let planned = plan(&connected.local, &state.history, Direction::Up, target)?;
    let pending = planned.migrations.iter().filter_map(|p| connected.local.get(p.version));
    let dialect = connected.local.dialect;
    let touches = pending.clone().any(|m| match &m.up {
        Body::Rust(_) => true,
        Body::Sql(script) => {
            let mut statements = script.steps.iter().flat_map(|step| &step.statements);
            statements.any(|s| losing::rewrites(dialect, &script.text, s))
        }
    });
    let due = match when {
        When::Always => pending.count() > 0,
        When::DataLoss => touches,
        When::Never => false,
    };
    Ok(due && connected.has_rows()?)
}
