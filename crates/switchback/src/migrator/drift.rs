//! Drift: the schema against what the lock file and the journal say of it.

use super::Connected;
use crate::drift::{self, Expected, Extent};
use crate::replay::Replay;
use crate::report::{DriftReport, ProblemStatus};
use crate::schema::{self, Depth, Scope};
use crate::scratch;
use crate::set::Source;
use crate::store::{State, Store};
use switchback_plan::lock::{self, LockFile};
use switchback_plan::schema::{Difference, Layer, Schema, differences};
use switchback_plan::{Body, Direction, Error, ErrorKind, Result};

impl Connected {
    /// The schema as it is: every schema that is not the server's own, without the tables that keep the history. Reads
    /// only.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn schema(&mut self) -> Result<Schema> {
        schema::read(&mut self.db, &Scope::All, Depth::Compare)
    }

    /// What the schema should be; `None` where nothing says so.
    fn expected(&mut self, state: &State) -> Result<Option<Expected>> {
        if self.local.lock.is_none() {
            return Ok(None);
        }
        let newest = Store::new(&self.db).read_schema(&mut self.db)?;
        let major = self.db.major()?;
        Expected::read(&self.local, &state.history, newest.as_ref(), &major)
    }

    /// The lock file of the set.
    fn lock(&self) -> Result<Option<LockFile>> {
        self.local.lock.as_deref().map(|text| LockFile::parse(lock::FILE, text)).transpose()
    }

    /// What of the database is held against its migrations up to that version.
    pub(super) fn extent(&self, head: i64) -> Result<Extent> {
        let lock = self.lock()?;
        Ok(Extent::up_to(lock.as_ref(), &self.local, Some(head)))
    }

    /// Before anything runs: whether the schema is another than it should be, and that is let pass. A way down may go on
    /// from there, but what it leaves is not taken for right.
    pub(super) fn has_drifted(&mut self, direction: Direction, state: &State) -> Result<bool> {
        let Some(expected) = self.expected(state)? else { return Ok(false) };
        let layers = expected.drift(&mut self.db)?;
        if layers.is_empty() || self.options.allow_drift || direction == Direction::Down {
            return Ok(!layers.is_empty());
        }
        Err(drift::refusal(expected.head, &layers))
    }

    /// Which layers of the schema are not what the newest migration left, with its version; `None` where nothing says
    /// what they should be. Reads only.
    ///
    /// # Errors
    /// When the database or the lock file cannot be read.
    pub fn drift(&mut self) -> Result<Option<(i64, Vec<Layer>)>> {
        let state = self.read(false)?;
        let Some(expected) = self.expected(&state)? else { return Ok(None) };
        Ok(Some((expected.head, expected.drift(&mut self.db)?)))
    }

    /// Object by object, what differs between the schema that the applied migrations make and the one that is there. Reads
    /// only; the applied migrations are replayed on a throwaway database where the fingerprints do not say that all is
    /// well.
    ///
    /// # Errors
    /// When a database cannot be read, or the migrations that are applied here cannot be applied there.
    pub fn drift_report(&mut self, source: &Source, on: &scratch::Options) -> Result<DriftReport> {
        let state = self.read(false)?;
        let mut report = DriftReport {
            database: self.local.name.clone(),
            engine: self.local.dialect.as_str(),
            version: state.history.newest(),
            ..DriftReport::default()
        };
        refuse_half_applied(&state)?;
        let told = match self.expected(&state)? {
            Some(expected) => {
                let layers = expected.drift(&mut self.db)?;
                if layers.is_empty() {
                    return Ok(report);
                }
                layers
            }
            None => Vec::new(),
        };
        let mut replay = self.replayed(&state, source, on)?;
        let there = &mut replay.connected.db;
        let mut layers = vec![Layer::Structure];
        if there.major()? == self.db.major()? {
            layers.push(Layer::Text);
        } else {
            report.structure_only = true;
        }
        let made = schema::read(there, &Scope::All, Depth::Compare)?.without_kept();
        let live = Extent::made(&made).read(&mut self.db)?;
        if made.fingerprint().access.is_some() {
            layers.push(Layer::Access);
        }
        report.differences = differences(&made, &live, &layers);
        // What the journal holds may be another schema than the files make: a person took it for right, or rows made it so.
        if report.differences.is_empty() && !told.is_empty() {
            report.differences.push(Difference {
                object: "the schema that the journal recorded".to_owned(),
                before: Some(format!("another than the files make: {} differed", drift::in_words(&told))),
                after: Some("what the files make; `repair --rebaseline` takes it for right".to_owned()),
            });
        }
        report.drifted = !report.differences.is_empty();
        Ok(report)
    }

    /// A throwaway database with all that is applied here.
    pub(super) fn replayed(&self, state: &State, source: &Source, on: &scratch::Options) -> Result<Replay> {
        self.has_all_files(state)?;
        let mut replay = Replay::new(&source.files()?, self.local.dialect, &self.options, on)?;
        if let Some(head) = state.history.newest() {
            replay.up(Some(head))?;
        }
        Ok(replay)
    }

    /// Without the files of what is applied nothing says what its schema should be.
    fn has_all_files(&self, state: &State) -> Result<()> {
        let applied = state.history.applied.iter();
        let gone = applied.filter(|a| self.local.get(a.version).is_none_or(|m| !m.sealed));
        let gone: Vec<String> = gone.map(|a| format!("V{}__{}", a.version, a.name)).collect();
        let (are, files) = if gone.len() == 1 { ("is", "its files are") } else { ("are", "their files are") };
        match gone.as_slice() {
            [] => Ok(()),
            gone => Err(Error::new(
                ErrorKind::Diverged,
                format!(
                    "{} {are} applied, and {files} not here, so what the schema should be cannot be replayed",
                    gone.join(", ")
                ),
            )
            .hint("run `drift` from the release that contains them, or take them down (`down --to V`, from the stored way down)")),
        }
    }

    /// The newest migration of a database whose schema can be taken for what that migration left.
    pub(super) fn rebaselined(&self, state: &State) -> Result<i64> {
        refuse_half_applied(state)?;
        let head = state.history.newest().ok_or_else(|| {
            Error::new(ErrorKind::Config, "no migration is applied, so there is no schema to take for right")
                .hint("a database that has its schema from elsewhere is taken over with `baseline V`")
        })?;
        let sealed =
            self.lock()?.is_some_and(|lock| lock.get(head).and_then(|m| m.on(self.local.dialect)).is_some());
        if !sealed {
            return Err(Error::new(
                ErrorKind::Config,
                format!("version {head} is not sealed, so no schema is compared with anything"),
            )
            .hint("run `seal` first, and commit what it writes"));
        }
        Ok(head)
    }

    /// What `status` says of files that are not what was sealed.
    pub(super) fn edited(&self) -> Result<Vec<ProblemStatus>> {
        let Some(lock) = self.lock()? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for migration in self.local.migrations.iter().filter(|m| m.sealed) {
            let Some(locked) = lock.get(migration.version) else { continue };
            for body in [Some(&migration.up), migration.down.body()].into_iter().flatten() {
                let file = body.file().rsplit('/').next().unwrap_or_default();
                let sealed = locked.sources.get(file);
                // The two sides of a migration in Rust have digests of their own.
                if matches!(body, Body::Sql(_)) && sealed.is_some_and(|sealed| sealed != body.sha256()) {
                    found.push(ProblemStatus {
                        kind: "edited",
                        version: migration.version,
                        message: format!(
                            "{} was edited after sealing, so nothing proves it: run `seal`, or take the change back",
                            body.file()
                        ),
                    });
                }
            }
        }
        Ok(found)
    }

    /// What `status` says of it.
    pub(super) fn drift_problem(&mut self, state: &State) -> Result<Option<ProblemStatus>> {
        let Some(expected) = self.expected(state)? else { return Ok(None) };
        let layers = expected.drift(&mut self.db)?;
        Ok((!layers.is_empty()).then(|| ProblemStatus {
            kind: "drift",
            version: expected.head,
            message: format!(
                "the schema is not what version {} left behind: {} changed since; `drift` shows what, object by object",
                expected.head,
                drift::in_words(&layers)
            ),
        }))
    }
}

/// In the middle of a migration the schema is that of no version.
pub(super) fn refuse_half_applied(state: &State) -> Result<()> {
    match &state.history.progress {
        None => Ok(()),
        Some(progress) => Err(Error::new(
            ErrorKind::HalfDone,
            format!(
                "V{}__{} is half applied, so the schema is between two versions",
                progress.version, progress.name
            ),
        )
        .hint("finish it with `up`, or take it back with `down`, then look at the schema again")),
    }
}
