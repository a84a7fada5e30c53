//! What the lock file says: the verdicts of the proofs, and the schema that each migration leaves.
//!
//! The schemas are those of a replay without rows of its own, for the rows of a proof are nobody's: a migration in Rust
//! may make tables where there are rows to be set apart.

use super::{SealOptions, Sealing};
use crate::prove::{MigrationProof, ProofReport};
use crate::replay::Replay;
use crate::schema::{self, Depth, Scope};
use crate::set::Files;
use std::collections::BTreeMap;
use switchback_plan::lock::{Fault, LockFile, Locked, SealProblem, Sealed, Sources};
use switchback_plan::schema::Schema;
use switchback_plan::words::plural;
use switchback_plan::{Dialect, Result};

/// The schema that a migration leaves on an engine.
pub(super) type Left = BTreeMap<(i64, Dialect), Schema>;

/// Replays a set and reads the schema after each migration from that version on.
pub(super) fn schemas(set: &Files, dialect: Dialect, from: i64, options: &SealOptions) -> Result<Left> {
    let mut replay = Replay::new(set, dialect, &options.run, &options.scratch)?;
    let versions: Vec<i64> = replay.connected.set().migrations.iter().map(|m| m.version).collect();
    let mut left = Left::new();
    if let Some(before) = versions.iter().rfind(|v| **v < from) {
        replay.up(Some(*before))?;
    }
    for version in versions.into_iter().filter(|v| *v >= from) {
        replay.up(Some(version))?;
        left.insert((version, dialect), read(&mut replay)?);
    }
    Ok(left)
}

pub(super) fn read(replay: &mut Replay) -> Result<Schema> {
    let schema = schema::read(&mut replay.connected.db, &Scope::All, Depth::Compare)?;
    Ok(schema.without_kept())
}

/// The migrations that leave another schema behind where there are rows.
pub(super) fn dependent_on_rows(proofs: &[ProofReport], left: &Left) -> Vec<String> {
    let mut notices = Vec::new();
    for report in proofs {
        let Some(dialect) = Dialect::ALL.into_iter().find(|d| d.as_str() == report.engine) else { continue };
        for proof in &report.migrations {
            let with_rows = proof.schema.as_ref().map(|s| Schema::clone(s).without_kept());
            let without = left.get(&(proof.version, dialect));
            if with_rows.as_ref().zip(without).is_some_and(|(with, without)| with != without) {
                notices.push(format!(
                    "V{} on {}: the schema that it leaves depends on the rows, so drift is told by what the journal recorded",
                    proof.version, report.engine
                ));
                // What follows inherits it.
                break;
            }
        }
    }
    notices
}

/// The new lock file: what stands before the first change as it was, all else as it was found now.
pub(super) fn relock(
    old: &LockFile,
    now: &[Sources],
    first: i64,
    sealing: &Sealing,
    left: &Left,
) -> LockFile {
    let mut proofs: BTreeMap<(i64, &str), &MigrationProof> = BTreeMap::new();
    let mut majors: BTreeMap<&str, &str> = BTreeMap::new();
    for report in &sealing.proofs {
        majors.insert(report.engine, &report.major);
        for proof in &report.migrations {
            proofs.insert((proof.version, report.engine), proof);
        }
    }
    let mut migrations = Vec::new();
    for migration in now {
        let was = old.get(migration.version).filter(|l| l.name == migration.name);
        if let Some(was) = was.filter(|_| migration.version < first) {
            migrations.push(was.clone());
            continue;
        }
        // What another engine was sealed with holds as long as none of its files is another.
        let unchanged = |dialect| was.filter(|was| same_for(dialect, &was.sources, &migration.digests));
        let mut locked = Locked {
            version: migration.version,
            name: migration.name.clone(),
            sources: migration.digests.clone(),
            sqlite: unchanged(Dialect::Sqlite).and_then(|was| was.sqlite.clone()),
            postgres: unchanged(Dialect::Postgres).and_then(|was| was.postgres.clone()),
        };
        for dialect in &sealing.engines {
            let proof = proofs.get(&(migration.version, dialect.as_str()));
            let Some((proof, schema)) = proof.zip(left.get(&(migration.version, *dialect))) else { continue };
            let major = majors.get(dialect.as_str()).copied().unwrap_or_default();
            let mut sealed = Sealed::new(proof.verdict.as_str(), schema, major);
            if let Some(before) = locked.on(*dialect).filter(|s| s.structure == sealed.structure) {
                let others = before.texts.iter().filter(|(m, _)| m.as_str() != major);
                sealed.texts.extend(others.map(|(m, text)| (m.clone(), text.clone())));
            }
            *locked.on_mut(*dialect) = Some(sealed);
        }
        migrations.push(locked);
    }
    LockFile { migrations }
}

/// Whether two lists of files are the same but for those of other engines.
fn same_for(dialect: Dialect, a: &BTreeMap<String, String>, b: &BTreeMap<String, String>) -> bool {
    let others = |name: &str| {
        Dialect::ALL.into_iter().any(|d| d != dialect && name.ends_with(&format!(".{}.sql", d.as_str())))
    };
    let relevant = |files: &BTreeMap<String, String>| {
        files
            .iter()
            .filter(|(name, _)| !others(name))
            .map(|(n, d)| (n.clone(), d.clone()))
            .collect::<Vec<_>>()
    };
    relevant(a) == relevant(b)
}

/// What a replay of what is sealed shows.
#[derive(Default)]
pub(super) struct Replayed {
    /// The migrations that leave another schema than the sealed one.
    pub problems: Vec<SealProblem>,
    /// The texts of migrations that were sealed on servers of other major versions only: version, major, fingerprint.
    pub texts: Vec<(i64, String, String)>,
}

impl Replayed {
    /// Adds the texts to what is sealed, and says so.
    pub fn add_texts(&self, lock: &mut LockFile, dialect: Dialect) -> Option<String> {
        for (version, major, texts) in &self.texts {
            let locked = lock.migrations.iter_mut().find(|m| m.version == *version);
            if let Some(sealed) = locked.and_then(|m| m.on_mut(dialect).as_mut()) {
                sealed.texts.insert(major.clone(), texts.clone());
            }
        }
        let (_, major, _) = self.texts.first()?;
        let n = plural(self.texts.len(), "migration");
        Some(format!("texts of {} {major} added to {n}", dialect.as_str()))
    }
}

/// Replays what is sealed and compares the schemas.
pub(super) fn stale(
    set: &Files,
    lock: &LockFile,
    dialect: Dialect,
    options: &SealOptions,
) -> Result<Replayed> {
    let mut replayed = Replayed::default();
    if lock.migrations.iter().all(|m| m.on(dialect).is_none()) {
        return Ok(replayed);
    }
    let mut replay = Replay::new(set, dialect, &options.run, &options.scratch)?;
    let major = replay.connected.db.major()?;
    let problems = &mut replayed.problems;
    for locked in &lock.migrations {
        let Some(sealed) = locked.on(dialect) else { continue };
        if replay.connected.set().get(locked.version).is_none() {
            continue;
        }
        replay.up(Some(locked.version))?;
        let found = read(&mut replay)?.fingerprint();
        let mut compare = |what: &str, sealed: &str, found: &str| {
            if sealed != found {
                problems.push(SealProblem {
                    fault: Fault::Stale,
                    version: locked.version,
                    name: locked.name.clone(),
                    what: format!("{what} on {}", dialect.as_str()),
                    sealed: Some(sealed.to_owned()),
                    found: Some(found.to_owned()),
                });
            }
        };
        compare("structure", &sealed.structure, &found.structure);
        match sealed.texts.get(&major) {
            Some(texts) => compare("schema's text", texts, &found.texts),
            None => replayed.texts.push((locked.version, major.clone(), found.texts.clone())),
        }
        if let Some(access) = &sealed.access {
            compare("access", access, found.access.as_deref().unwrap_or("none"));
        }
        // What follows would only repeat it.
        if !problems.is_empty() {
            break;
        }
    }
    Ok(replayed)
}
