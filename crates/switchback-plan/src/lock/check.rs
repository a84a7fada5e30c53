//! The lock file against the files: what is not sealed as it is.

use super::{LockFile, Locked};
use crate::model::Dialect;
use std::collections::BTreeMap;

/// A migration's files, as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Its folder, or its flat up file.
    pub path: String,
    /// The digest of each of its files.
    pub digests: BTreeMap<String, String>,
}

/// Why a seal does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Never sealed, or not on that engine.
    Unsealed,
    /// A file was changed, added or removed after sealing.
    Edited,
    /// A sealed migration has no files any more.
    Vanished,
    /// The schema that it leaves is not the sealed one.
    Stale,
    /// The verdict is none that may be sealed.
    Unproven,
}

impl Fault {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Fault::Unsealed => "unsealed",
            Fault::Edited => "edited",
            Fault::Vanished => "vanished",
            Fault::Stale => "stale",
            Fault::Unproven => "unproven",
        }
    }
}

/// One reason why a seal does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealProblem {
    /// What it is.
    pub fault: Fault,
    /// Of which migration.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// What differs: a file, or `schema on sqlite`; empty for the migration as a whole.
    pub what: String,
    /// What was sealed.
    pub sealed: Option<String>,
    /// What there is.
    pub found: Option<String>,
}

impl SealProblem {
    fn of(fault: Fault, version: i64, name: &str) -> SealProblem {
        let (what, sealed, found) = (String::new(), None, None);
        SealProblem { fault, version, name: name.to_owned(), what, sealed, found }
    }

    /// A sentence with what to do.
    pub fn message(&self) -> String {
        let label = format!("V{}__{}", self.version, self.name);
        match self.fault {
            Fault::Unsealed if self.what.is_empty() => format!("{label} is not sealed: run `seal`"),
            Fault::Unsealed => format!("{label} is not sealed on {}: run `seal` for it", self.what),
            Fault::Edited => {
                let how = match (&self.sealed, &self.found) {
                    (None, _) => "was added",
                    (_, None) => "was removed",
                    (Some(_), Some(_)) => "was edited",
                };
                format!("{label}: {} {how} after sealing: run `seal`, or take the change back", self.what)
            }
            Fault::Vanished => format!("{label} is sealed and has no files: bring them back, or run `seal`"),
            Fault::Stale => format!(
                "{label}: the {} that it leaves is not the sealed one: run `seal` and look at what changed",
                self.what
            ),
            Fault::Unproven => format!(
                "{label}: its way down is {} on {}, which cannot be sealed: mend it and run `seal`",
                self.sealed.as_deref().unwrap_or("unproven"),
                self.what
            ),
        }
    }
}

impl LockFile {
    /// What is not sealed as it is, in the order of versions; nothing is run for it.
    pub fn problems(&self, files: &[Sources], engines: &[Dialect]) -> Vec<SealProblem> {
        let mut found = Vec::new();
        for now in files {
            match self.get(now.version).filter(|locked| locked.name == now.name) {
                None => found.push(SealProblem::of(Fault::Unsealed, now.version, &now.name)),
                Some(locked) => compare(locked, now, engines, &mut found),
            }
        }
        for locked in &self.migrations {
            if !files.iter().any(|now| now.version == locked.version && now.name == locked.name) {
                found.push(SealProblem::of(Fault::Vanished, locked.version, &locked.name));
            }
        }
        found.sort_by_key(|p| p.version);
        found
    }
}

fn compare(locked: &Locked, now: &Sources, engines: &[Dialect], found: &mut Vec<SealProblem>) {
    let problem = |fault| SealProblem::of(fault, now.version, &now.name);
    let mut files: Vec<&String> = locked.sources.keys().chain(now.digests.keys()).collect();
    files.sort();
    files.dedup();
    for file in files {
        let (sealed, is) = (locked.sources.get(file), now.digests.get(file));
        if sealed != is {
            found.push(SealProblem {
                what: file.clone(),
                sealed: sealed.cloned(),
                found: is.cloned(),
                ..problem(Fault::Edited)
            });
        }
    }
    for engine in engines {
        match locked.on(*engine) {
            None => found.push(SealProblem { what: engine.as_str().to_owned(), ..problem(Fault::Unsealed) }),
            Some(sealed) if !may_be_sealed(&sealed.verdict) => found.push(SealProblem {
                what: engine.as_str().to_owned(),
                sealed: Some(sealed.verdict.clone()),
                ..problem(Fault::Unproven)
            }),
            Some(_) => {}
        }
    }
}

/// The verdicts that `seal` writes: a way down that is proven, declared to be lossy, irreversible or unproven, or that
/// refinery's layout does without.
fn may_be_sealed(verdict: &str) -> bool {
    ["exact", "column-order", "lossy", "irreversible", "no-down", "unproven"].contains(&verdict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::Sealed;

    fn sources(version: i64, digest: &str) -> Sources {
        Sources {
            version,
            name: "m".to_owned(),
            path: format!("V{version:04}__m"),
            digests: BTreeMap::from([
                ("down.sql".to_owned(), "sha256:d".to_owned()),
                ("up.sql".to_owned(), digest.to_owned()),
            ]),
        }
    }

    fn locked(version: i64) -> Locked {
        let sealed = Sealed {
            verdict: "exact".to_owned(),
            structure: "sha256:s".to_owned(),
            access: None,
            schemas: vec![],
            shared: vec![],
            texts: BTreeMap::new(),
        };
        let sources = sources(version, "sha256:u").digests;
        Locked { version, name: "m".to_owned(), sources, sqlite: Some(sealed), postgres: None }
    }

    fn messages(lock: &LockFile, files: &[Sources], engines: &[Dialect]) -> Vec<String> {
        lock.problems(files, engines).iter().map(SealProblem::message).collect()
    }

    #[test]
    fn what_is_sealed_as_it_is_has_no_problem() {
        let lock = LockFile { migrations: vec![locked(1)] };
        assert_eq!(lock.problems(&[sources(1, "sha256:u")], &[Dialect::Sqlite]), []);
    }

    #[test]
    fn every_way_in_which_a_seal_does_not_hold_says_what_to_do() {
        let mut unproven = locked(3);
        if let Some(sealed) = &mut unproven.sqlite {
            sealed.verdict = "broken".to_owned();
        }
        let lock = LockFile { migrations: vec![locked(1), locked(2), unproven, locked(5)] };
        let mut added = sources(2, "sha256:u");
        added.digests.insert("checks.sql".to_owned(), "sha256:c".to_owned());
        added.digests.remove("down.sql");
        let files = [sources(1, "sha256:other"), added, sources(3, "sha256:u"), sources(4, "sha256:u")];
        insta::assert_snapshot!(messages(&lock, &files, &Dialect::ALL).join("\n"));
    }
}
