//! What the database says: applied migrations, and the one that is half-done.

use crate::model::Direction;

/// All that planning needs to know of a database.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Sorted by version.
    pub applied: Vec<Applied>,
    /// The migration that is half-applied or half-undone, if any.
    pub progress: Option<Progress>,
}

impl History {
    /// The newest applied version.
    pub fn newest(&self) -> Option<i64> {
        self.applied.last().map(|a| a.version)
    }

    /// The row of that version.
    pub fn get(&self, version: i64) -> Option<&Applied> {
        self.applied.binary_search_by_key(&version, |a| a.version).ok().map(|i| &self.applied[i])
    }

    /// Whether that version is in the history.
    pub fn is_applied(&self, version: i64) -> bool {
        self.get(version).is_some()
    }

    /// The way down stored for a version, applied or half-done.
    pub fn stored_down(&self, version: i64) -> Option<&StoredDown> {
        match &self.progress {
            Some(progress) if progress.version == version => progress.stored_down.as_ref(),
            Some(_) | None => self.get(version).and_then(|a| a.stored_down.as_ref()),
        }
    }
}

/// One applied migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// RFC 3339, as refinery writes it.
    pub applied_at: String,
    /// Its place in the order in which migrations were applied; 0 where that is not known (refinery applied it).
    pub sequence: i64,
    /// What was recorded of the up: `sha256:…`, or a description of refinery's checksum where that is all there is
    /// and it differs from the file's.
    pub up_sha256: String,
    /// The names of the up's steps, as recorded; empty when refinery applied it.
    pub steps: Vec<String>,
    /// The recorded way down; `None` when refinery applied it.
    pub stored_down: Option<StoredDown>,
}

/// The way down that was recorded when a migration was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredDown {
    /// SQL.
    Sql {
        /// Of the text.
        sha256: String,
        /// The text; `None` where it was not read (only `down` needs it).
        text: Option<String>,
    },
    /// A Rust function, known by its digest alone.
    Rust {
        /// Of the tokens.
        sha256: String,
    },
    /// None, with the author's reason.
    Irreversible {
        /// The reason.
        reason: String,
    },
    /// None: a flat migration without a `.down.sql`.
    Missing,
}

impl StoredDown {
    /// The recorded digest, where there is one.
    pub fn sha256(&self) -> Option<&str> {
        match self {
            StoredDown::Sql { sha256, .. } | StoredDown::Rust { sha256 } => Some(sha256),
            StoredDown::Irreversible { .. } | StoredDown::Missing => None,
        }
    }
}

/// A migration of which some steps are done and others are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Of the up that was begun.
    pub up_sha256: String,
    /// The steps of the up that stand now, in order. Where `locked` is `Down`, the steps of the down that are still to be run.
    pub standing: Vec<String>,
    /// `Some` when it can only go on in that direction, because its sides have different numbers of steps.
    pub locked: Option<Direction>,
    /// The step that is half-done.
    pub current: Option<Current>,
    /// The names of the up's steps, as recorded; of a Rust up, those that have run.
    pub steps: Vec<String>,
    /// Compared and swapped by every commit.
    pub token: i64,
    /// The recorded way down.
    pub stored_down: Option<StoredDown>,
}

/// A step that is half-done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// Its name in the script of its direction.
    pub step: String,
    /// Which way it was going.
    pub direction: Direction,
    /// A `no-transaction` step: started, and not known to be finished.
    pub started: bool,
    /// The last key that was committed, as the engine wrote it.
    pub cursor: Option<String>,
    /// Where to stop, when it undoes a half-done batch: the last key that that one had committed.
    pub limit: Option<String>,
    /// Rows done so far.
    pub rows: u64,
}
