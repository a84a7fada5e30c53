//! Whether a database's schema is still what its last migration left: told by fingerprints alone, without a second
//! database.

use crate::apply::Run;
use crate::db::{Bound, Database};
use crate::schema::{self, Depth, Scope};
use crate::store::Entry;
use serde::{Deserialize, Serialize};
use switchback_plan::lock::{LockFile, Sealed};
use switchback_plan::schema::{Fingerprint, Layer, Schema};
use switchback_plan::{Direction, Error, ErrorKind, History, MigrationSet, Result};

/// The event of the journal's row with the live fingerprint after a migration.
pub(crate) const SCHEMA: &str = "schema";
/// The event of the row with which a person took the schema as it is for right.
pub(crate) const REBASELINED: &str = "rebaselined";

/// What a database's schema was found to be, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recorded {
    /// The newest migration that was applied; `None` before the first.
    pub head: Option<i64>,
    /// The major version of the server.
    pub major: String,
    pub structure: String,
    pub texts: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<String>,
    /// It was not what it should have been when the run began, and was let pass.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drifted: bool,
}

/// What the schema should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    /// The newest applied migration.
    pub head: i64,
    structure: String,
    /// `None` where nothing is known for this major version.
    texts: Option<String>,
    /// The outer `None` where the migrations manage no owners or grants.
    access: Option<Option<String>>,
    extent: Extent,
}

impl Expected {
    /// What the lock file and the newest record say; `None` where nothing is sealed or applied, or something is
    /// half-done.
    pub fn read(
        local: &MigrationSet,
        history: &History,
        newest: Option<&Recorded>,
        major: &str,
    ) -> Result<Option<Expected>> {
        let (Some(text), Some(head), None) = (&local.lock, history.newest(), &history.progress) else {
            return Ok(None);
        };
        let lock = LockFile::parse(switchback_plan::lock::FILE, text)?;
        let Some(sealed) = lock.get(head).and_then(|m| m.on(local.dialect)) else { return Ok(None) };
        let mut expected = Expected {
            head,
            structure: sealed.structure.clone(),
            texts: sealed.texts.get(major).cloned(),
            access: sealed.access.clone().map(Some),
            extent: Extent::of(Some(sealed)),
        };
        // What was live when the last migration ended is nearer to the truth than a throwaway database: a migration in
        // Rust may make tables where there are rows.
        if let Some(newest) = newest.filter(|r| r.head == Some(head) && !r.drifted) {
            expected.structure.clone_from(&newest.structure);
            expected.access = expected.access.map(|_| newest.access.clone());
            if newest.major == major {
                expected.texts = Some(newest.texts.clone());
            }
        }
        Ok(Some(expected))
    }

    /// What is not as expected.
    pub fn compare(&self, live: &Fingerprint) -> Vec<Layer> {
        let mut layers = Vec::new();
        if live.structure != self.structure {
            layers.push(Layer::Structure);
        }
        if self.texts.as_ref().is_some_and(|texts| *texts != live.texts) {
            layers.push(Layer::Text);
        }
        if self.access.as_ref().is_some_and(|access| *access != live.access) {
            layers.push(Layer::Access);
        }
        layers
    }

    /// Looks at the database.
    pub fn drift(&self, db: &mut Database) -> Result<Vec<Layer>> {
        Ok(self.compare(&self.extent.read(db)?.fingerprint()))
    }
}

/// What of a database is held against its migrations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Extent {
    /// Schemas besides the current one in which the migrations have made something.
    schemas: Vec<String>,
    /// What they have made that is in no schema: extensions, publications, …
    shared: Vec<String>,
}

impl Extent {
    /// That of migrations which make that schema.
    pub fn made(schema: &Schema) -> Extent {
        Extent { schemas: schema.others(), shared: schema.shared() }
    }

    fn of(sealed: Option<&Sealed>) -> Extent {
        sealed
            .map_or_else(Extent::default, |s| Extent { schemas: s.schemas.clone(), shared: s.shared.clone() })
    }

    /// That of the migrations up to that version, as the lock file has it.
    pub fn up_to(lock: Option<&LockFile>, local: &MigrationSet, head: Option<i64>) -> Extent {
        Extent::of(lock.zip(head).and_then(|(lock, head)| lock.get(head)).and_then(|m| m.on(local.dialect)))
    }

    /// Reads it.
    pub fn read(&self, db: &mut Database) -> Result<Schema> {
        self.read_whole(db).map(Schema::without_kept)
    }

    /// The same with what is kept aside.
    pub fn read_whole(&self, db: &mut Database) -> Result<Schema> {
        let scope = match self.shared.as_slice() {
            [] => Scope::Schemas(self.schemas.clone()),
            _ => Scope::All,
        };
        Ok(schema::read(db, &scope, Depth::Compare)?.within(&self.schemas, &self.shared))
    }
}

/// What differs, in words.
pub(crate) fn in_words(layers: &[Layer]) -> String {
    let words: Vec<&str> = layers
        .iter()
        .map(|layer| match layer {
            Layer::Structure => "its structure",
            Layer::Text => "a default, check, view or function",
            Layer::Access => "an owner or a grant",
        })
        .collect();
    words.join(" and ")
}

/// The refusal of `up`.
pub(crate) fn refusal(head: i64, layers: &[Layer]) -> Error {
    Error::new(
        ErrorKind::Drift,
        format!("the schema is not what version {head} left behind: {} changed since", in_words(layers)),
    )
    .hint("see object by object with `drift` what differs; then undo it, make it a migration, take it for right with `repair --rebaseline`, or go on all the same with --allow-drift")
}

impl Run<'_> {
    /// The journal's row with the live fingerprint, inside the transaction that changed the schema; only where the set
    /// is sealed.
    pub(crate) fn schema_record(&mut self, version: i64, direction: Direction) -> Result<Option<Bound>> {
        let Some(text) = &self.local.lock else { return Ok(None) };
        if self.lock.is_none() {
            self.lock = Some(LockFile::parse(switchback_plan::lock::FILE, text)?);
        }
        let head = match direction {
            Direction::Up => Some(version.max(self.history.newest().unwrap_or(version))),
            Direction::Down => self.history.applied.iter().map(|a| a.version).filter(|v| *v < version).max(),
        };
        let extent = Extent::up_to(self.lock.as_ref(), self.local, head);
        let detail = self.recorded(head, &extent)?;
        let entry = Entry {
            version: Some(version),
            direction: Some(direction),
            ..self.schema_entry(SCHEMA, &detail)
        };
        Ok(Some(self.append(entry)))
    }

    /// The schema as it is now.
    pub(crate) fn recorded(&mut self, head: Option<i64>, extent: &Extent) -> Result<Recorded> {
        let major = self.db.major()?;
        // A file may have left another search_path behind.
        self.db.clean(&self.begin_options(None), &[])?;
        let live = extent.read(self.db)?.fingerprint();
        Ok(Recorded {
            head,
            major,
            structure: live.structure,
            texts: live.texts,
            access: live.access,
            drifted: self.drifted,
        })
    }

    /// A row about the schema.
    pub(crate) fn schema_entry(&self, event: &'static str, recorded: &Recorded) -> Entry {
        Entry {
            sha256: Some(recorded.structure.clone()),
            detail: serde_json::to_string(recorded).ok(),
            ..self.entry(event)
        }
    }
}
