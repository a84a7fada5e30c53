//! Where files and history disagree.

use super::history::{History, StoredDown};
use crate::error::{Error, ErrorKind};
use crate::model::{Layout, MigrationSet, Prefix};

/// A disagreement, as `status` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its name.
    pub kind: ProblemKind,
    /// Of which migration.
    pub version: i64,
    /// A sentence, with the command that resolves it.
    pub message: String,
}

/// The names of disagreements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// The up of an applied migration is not the one that was applied.
    ChangedUp,
    /// The down of an applied migration is not the one that was recorded.
    ChangedDown,
    /// An applied migration has another name than its file.
    Renamed,
    /// An applied migration has no file.
    Vanished,
    /// A pending migration has a lower version than an applied one.
    OutOfOrder,
    /// Some steps of a migration are done and others are not.
    InProgress,
    /// A `no-transaction` step was started and never finished.
    InterruptedStep,
    /// The operations of a pending migration are still to be compiled.
    Unsealed,
}

impl ProblemKind {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            ProblemKind::ChangedUp => "changed_up",
            ProblemKind::ChangedDown => "changed_down",
            ProblemKind::Renamed => "renamed",
            ProblemKind::Vanished => "vanished",
            ProblemKind::OutOfOrder => "out_of_order",
            ProblemKind::InProgress => "in_progress",
            ProblemKind::InterruptedStep => "interrupted_step",
            ProblemKind::Unsealed => "unsealed",
        }
    }

    /// Whether `up` refuses to run while it lasts.
    pub fn refuses_up(self) -> bool {
        match self {
            ProblemKind::ChangedUp
            | ProblemKind::Renamed
            | ProblemKind::Vanished
            | ProblemKind::OutOfOrder => true,
            // What is not sealed is refused only where it would run itself.
            ProblemKind::ChangedDown
            | ProblemKind::InProgress
            | ProblemKind::InterruptedStep
            | ProblemKind::Unsealed => false,
        }
    }
}

/// Every disagreement between files and history, in the order of versions. Linear in both.
pub fn problems(local: &MigrationSet, history: &History) -> Vec<Problem> {
    let mut out = Vec::new();
    let newest = history.newest();
    // The digest of a half-applied up is checked like that of an applied one.
    if let Some(progress) = &history.progress {
        in_progress(local, progress, &mut out);
    }
    for applied in &history.applied {
        let label = || format!("V{}__{}", applied.version, applied.name);
        let mut say = |kind, message| out.push(Problem { kind, version: applied.version, message });
        let Some(file) = local.get(applied.version) else {
            say(
                ProblemKind::Vanished,
                format!(
                    "{} is applied, but its file is gone: bring it back, or take it down (`down --to V`, from the stored way down)",
                    label()
                ),
            );
            continue;
        };
        if !file.sealed {
            say(
                ProblemKind::Vanished,
                format!(
                    "{} is applied, but the SQL that its operations were compiled to is gone: bring it back, or take it down (`down --to V`, from the stored way down)",
                    label()
                ),
            );
            continue;
        }
        if file.name != applied.name {
            say(
                ProblemKind::Renamed,
                format!(
                    "{} is applied, but the file is called {}: rename it back, or accept it with `repair --accept {}`",
                    label(),
                    file.label(),
                    applied.version
                ),
            );
        } else if file.up.sha256() != applied.up_sha256 {
            say(
                ProblemKind::ChangedUp,
                format!(
                    "{} was changed after it was applied ({}: recorded {}, now {}): undo the edit, or accept it with `repair --accept {}`",
                    label(),
                    file.up.file(),
                    short(&applied.up_sha256),
                    short(file.up.sha256()),
                    applied.version
                ),
            );
        }
        let recorded = applied.stored_down.as_ref();
        let now = file.down.body();
        // Where none was recorded, one that was written since is what `down` runs.
        if let Some(recorded) = recorded.and_then(StoredDown::sha256)
            && Some(recorded) != now.map(crate::model::Body::sha256)
        {
            say(
                ProblemKind::ChangedDown,
                format!(
                    "the way down of {} is not the recorded one, so `down` will run the recorded one: undo the edit, or accept it with `repair --accept {}`",
                    label(),
                    applied.version
                ),
            );
        }
    }
    let half = history.progress.as_ref().map(|p| p.version);
    for file in &local.migrations {
        if !file.sealed && !history.is_applied(file.version) {
            out.push(Problem {
                kind: ProblemKind::Unsealed,
                version: file.version,
                message: format!(
                    "{} is not sealed: it has operations, but no SQL that they were compiled to: run `seal`",
                    file.label()
                ),
            });
        }
        let late = match (file.prefix, newest) {
            (Prefix::Versioned, Some(newest)) => file.version < newest,
            (Prefix::Versioned, None) | (Prefix::Unversioned, _) => false,
        };
        if late && !history.is_applied(file.version) && half != Some(file.version) {
            out.push(Problem {
                kind: ProblemKind::OutOfOrder,
                version: file.version,
                message: format!(
                    "{} is not applied, but a higher version is{}: give it a number above {}, or run `down --to V` first",
                    file.label(),
                    match file.layout {
                        Layout::Folder => "",
                        Layout::Flat => " (only U… migrations may come late)",
                    },
                    newest.unwrap_or_default()
                ),
            });
        }
    }
    out.sort_by_key(|p| p.version);
    out
}

fn in_progress(local: &MigrationSet, progress: &super::history::Progress, out: &mut Vec<Problem>) {
    let label = format!("V{}__{}", progress.version, progress.name);
    let version = progress.version;
    let total = local.get(version).and_then(|m| match &m.up {
        crate::model::Body::Sql(script) => Some(script.steps.len()),
        crate::model::Body::Rust(_) => None,
    });
    let of = total.map(|n| format!(" of {n}")).unwrap_or_default();
    out.push(Problem {
        kind: ProblemKind::InProgress,
        version,
        message: format!(
            "{label} is half applied ({}{of} steps stand): `up` goes on, `down` undoes them",
            progress.standing.len()
        ),
    });
    if let Some(current) = progress.current.as_ref().filter(|c| c.started) {
        out.push(Problem {
            kind: ProblemKind::InterruptedStep,
            version,
            message: format!(
                "step {} of {label} was started outside a transaction and never finished: `repair --retry-step` or `repair --step-done`",
                current.step
            ),
        });
    }
    match local.get(version) {
        None => out.push(Problem {
            kind: ProblemKind::Vanished,
            version,
            message: format!("{label} is half applied, but its file is gone: bring it back, or run `down`"),
        }),
        Some(m) if m.up.sha256() != progress.up_sha256 => out.push(Problem {
            kind: ProblemKind::ChangedUp,
            version,
            message: format!(
                "{label} was changed while it is half applied: undo the edit and go on, or run `down` and start over"
            ),
        }),
        Some(_) => {}
    }
}

fn short(sha256: &str) -> &str {
    // `sha256:` and twelve digits are enough to tell two files apart.
    if sha256.starts_with("sha256:") { sha256.get(..19).unwrap_or(sha256) } else { sha256 }
}

/// One error that lists every problem.
pub(super) fn refusal(problems: &[Problem]) -> Error {
    let list: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
    let message = match list.as_slice() {
        [one] => (*one).to_owned(),
        many => format!("{} differences between files and history:\n- {}", many.len(), many.join("\n- ")),
    };
    Error::new(ErrorKind::Diverged, message).hint("nothing was applied; `status` shows the whole picture")
}
