//! Which migrations would run: a pure function of the files, the history and the target.

mod history;
mod problems;
mod steps;

pub use history::{Applied, Current, History, Progress, StoredDown, Tally, Turn};
pub use problems::{Problem, ProblemKind, problems};
pub use steps::{pair_steps, rangeable};

use crate::digest;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Dialect, Direction, Migration, MigrationSet, WayDown};
use std::collections::BTreeSet;

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Up: all that is pending. Down refuses it, for "everything" must be said by a version.
    Latest,
    /// Up: up to and including this version. Down: until this version is the newest applied (0: none is left).
    Version(i64),
    /// That many migrations.
    Steps(usize),
}

/// What would run, in order.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The name of the database.
    pub database: String,
    /// Its engine.
    pub dialect: Dialect,
    /// Which way.
    pub direction: Direction,
    /// The newest applied version now.
    pub from: Option<i64>,
    /// The newest applied version afterwards.
    pub to: Option<i64>,
    /// In the order in which they run.
    pub migrations: Vec<PlannedMigration>,
    /// `sha256:…` over direction, versions and the digests of all that runs.
    pub digest: String,
}

impl Plan {
    /// True when there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.migrations.is_empty()
    }
}

/// One migration of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedMigration {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// `sha256:…` of the side that runs.
    pub sha256: String,
    /// True when some of its steps are done already.
    pub resumes: bool,
    /// Where the text that runs comes from.
    pub source: BodySource,
}

/// Where the text of a planned migration comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodySource {
    /// The set's own files.
    Files,
    /// `switchback_undo`: the file is gone, or is not the one that was applied.
    Stored,
}

/// Decides what runs to bring `history` to `target`.
///
/// # Errors
/// [`ErrorKind::Diverged`] when files and history disagree, [`ErrorKind::HalfDone`] when an interrupted step stands in
/// the way, [`ErrorKind::Irreversible`] when a way down does not exist, [`ErrorKind::Config`] for a target that does not exist.
pub fn plan(local: &MigrationSet, history: &History, direction: Direction, target: Target) -> Result<Plan> {
    refuse_interrupted_step(local, history)?;
    let migrations = match direction {
        Direction::Up => up(local, history, target)?,
        Direction::Down => down(local, history, target)?,
    };
    let from = history.newest();
    let to = match direction {
        Direction::Up => migrations.iter().map(|m| m.version).chain(from).max(),
        Direction::Down => {
            let undone: BTreeSet<i64> = migrations.iter().map(|m| m.version).collect();
            history.applied.iter().map(|a| a.version).filter(|v| !undone.contains(v)).max()
        }
    };
    let mut text = format!("{} {}\n", local.dialect.as_str(), direction.as_str());
    for m in &migrations {
        text.push_str(&format!("{} {} {}\n", m.version, m.name, m.sha256));
    }
    Ok(Plan {
        database: local.name.clone(),
        dialect: local.dialect,
        direction,
        from,
        to,
        migrations,
        digest: digest::of_text(&text),
    })
}

fn refuse_interrupted_step(local: &MigrationSet, history: &History) -> Result<()> {
    let Some(progress) = &history.progress else { return Ok(()) };
    let Some(current) = progress.current.as_ref().filter(|c| c.started) else { return Ok(()) };
    Err(Error::new(
        ErrorKind::HalfDone,
        format!(
            "step {} of V{}__{} ({}) runs outside a transaction, was started and never finished, so nobody knows how far it came",
            current.step,
            progress.version,
            progress.name,
            current.direction.as_str()
        ),
    )
    .hint(format!(
        "look at the database {}, then say `repair --retry-step` (drops an INVALID index the step left behind and runs it again) or `repair --step-done` (it did finish)",
        local.name
    )))
}

fn planned(m: &Migration, sha256: &str, resumes: bool, source: BodySource) -> PlannedMigration {
    PlannedMigration { version: m.version, name: m.name.clone(), sha256: sha256.to_owned(), resumes, source }
}

fn up(local: &MigrationSet, history: &History, target: Target) -> Result<Vec<PlannedMigration>> {
    let blocking: Vec<Problem> =
        problems(local, history).into_iter().filter(|p| p.kind.refuses_up()).collect();
    if !blocking.is_empty() {
        return Err(problems::refusal(&blocking));
    }
    if let Target::Version(version) = target
        && local.get(version).is_none()
    {
        return Err(unknown_version(version, local.migrations.iter().map(|m| m.version)));
    }
    let half = history.progress.as_ref();
    if let (Some(progress), Target::Version(version)) = (half, target)
        && version < progress.version
    {
        return Err(Error::new(
            ErrorKind::HalfDone,
            format!(
                "V{}__{} is half applied, and version {version} lies before it",
                progress.version, progress.name
            ),
        )
        .hint("run `up` to finish it or `down` to undo its finished steps, then ask again"));
    }
    if let Some(progress) = half
        && progress.locked == Some(Direction::Down)
    {
        return Err(Error::new(
            ErrorKind::HalfDone,
            format!(
                "V{}__{} is half way down, and its two sides have different numbers of steps, so it can only go on down",
                progress.version, progress.name
            ),
        )
        .hint("run `down` to finish it, then `up`"));
    }
    // What is half-applied goes first: nothing may be stacked upon it.
    let half_first = local.migrations.iter().filter(|m| half.is_some_and(|p| p.version == m.version));
    let others = local.migrations.iter().filter(|m| half.is_none_or(|p| p.version != m.version));
    let mut out: Vec<PlannedMigration> = half_first
        .chain(others)
        .filter(|m| !history.is_applied(m.version))
        .filter(|m| !matches!(target, Target::Version(v) if m.version > v))
        .map(|m| planned(m, m.up.sha256(), half.is_some_and(|p| p.version == m.version), BodySource::Files))
        .collect();
    if let Target::Steps(n) = target {
        out.truncate(n);
    }
    for m in out.iter().filter_map(|planned| local.get(planned.version)) {
        m.must_be_sealed()?;
    }
    Ok(out)
}

fn unknown_version(version: i64, known: impl Iterator<Item = i64>) -> Error {
    let known: Vec<i64> = known.collect();
    let nearest = known.iter().min_by_key(|k| k.abs_diff(version));
    let error = Error::new(ErrorKind::Config, format!("there is no migration of version {version}"));
    match (nearest, known.last()) {
        (Some(nearest), Some(last)) => {
            error.hint(format!("the nearest is {nearest}, the newest is {last}; `status` lists them all"))
        }
        _ => error.hint("the directory holds no migrations"),
    }
}

fn down(local: &MigrationSet, history: &History, target: Target) -> Result<Vec<PlannedMigration>> {
    let half = history.progress.as_ref();
    // A migration whose down has begun is out of the history; it stands above what is in it.
    // Unversioned migrations may have come late, so the order of coming decides, not the version.
    let mut applied: Vec<&Applied> = history.applied.iter().collect();
    applied.sort_by_key(|a| (a.sequence, a.version));
    let mut standing: Vec<(i64, &str)> = applied.iter().map(|a| (a.version, a.name.as_str())).collect();
    if let Some(progress) = half {
        standing.push((progress.version, &progress.name));
    }
    let chosen: Vec<(i64, &str)> = match target {
        Target::Latest => {
            return Err(Error::new(ErrorKind::Config, "down needs to know how far")
                .hint("say `--steps N`, or `--to V` (`--to 0` undoes everything)"));
        }
        Target::Steps(n) => standing.iter().rev().take(n).copied().collect(),
        Target::Version(v) => {
            if v != 0 && !standing.iter().any(|(version, _)| *version == v) {
                return Err(unknown_version(v, standing.iter().map(|(version, _)| *version))
                    .hint("`down --to V` keeps V: name an applied version, or 0 to undo everything"));
            }
            standing.iter().rev().filter(|(version, _)| *version > v || (v == 0)).copied().collect()
        }
    };
    chosen.into_iter().map(|(version, name)| way_down(local, history, version, name)).collect()
}

/// The file's way down when it is there and is the one that was recorded, else the stored one.
fn way_down(local: &MigrationSet, history: &History, version: i64, name: &str) -> Result<PlannedMigration> {
    let resumes = history.progress.as_ref().is_some_and(|p| p.version == version);
    let stored = history.stored_down(version);
    let file = local.get(version).filter(|m| m.name == name && m.sealed);
    if let Some(StoredDown::Purged { reason }) = stored {
        return Err(irreversible(&format!("V{version}__{name}"), reason));
    }
    if let Some(m) = file {
        let body = m.down.body();
        let unchanged = |sha: &str| match stored {
            Some(StoredDown::Sql { sha256, .. } | StoredDown::Rust { sha256 }) => sha256 == sha,
            // Applied by refinery, or adopted: nothing was recorded, the file is all there is.
            None => true,
            Some(StoredDown::Irreversible { .. } | StoredDown::Purged { .. } | StoredDown::Missing) => true,
        };
        if let Some(body) = body.filter(|b| unchanged(b.sha256())) {
            return Ok(planned(m, body.sha256(), resumes, BodySource::Files));
        }
    }
    let label = format!("V{version}__{name}");
    match stored {
        Some(StoredDown::Sql { sha256, .. }) => Ok(PlannedMigration {
            version,
            name: name.to_owned(),
            sha256: sha256.clone(),
            resumes,
            source: BodySource::Stored,
        }),
        Some(StoredDown::Rust { .. }) => Err(Error::new(
            ErrorKind::Unsupported,
            format!("{label} goes down in Rust, and this program does not have the function that was applied"),
        )
        .hint("run `down` from the release (its own xtask) that contains this migration unchanged")),
        Some(StoredDown::Irreversible { reason } | StoredDown::Purged { reason }) => {
            Err(irreversible(&label, reason))
        }
        Some(StoredDown::Missing) | None => match file.map(|m| &m.down) {
            Some(WayDown::Irreversible { reason }) => Err(irreversible(&label, reason)),
            Some(WayDown::Missing | WayDown::Body(_)) => Err(Error::new(
                ErrorKind::Irreversible,
                format!("{label} has no way down"),
            )
            .hint(format!("write {label}.down.sql beside it, or restore a backup taken before it was applied"))),
            None => Err(Error::new(
                ErrorKind::Irreversible,
                format!("{label} has no file here and no stored way down"),
            )
            .hint("run `down` from the release that contains it, or restore a backup taken before it was applied")),
        },
    }
}

fn irreversible(label: &str, reason: &str) -> Error {
    Error::new(ErrorKind::Irreversible, format!("{label} is irreversible: {reason}"))
        .hint("to get back, restore a backup taken before it was applied; nothing was changed")
}

#[cfg(test)]
mod tests;
