//! Drift: the schema against what the lock file and the journal say of it.

use super::Connected;
use crate::drift::{self, Expected};
use crate::report::ProblemStatus;
use crate::schema::{self, Depth, Scope};
use crate::store::{State, Store};
use switchback_plan::Result;
use switchback_plan::schema::{Layer, Schema};

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

    /// Where the migrations up to that version have made something.
    pub(super) fn scope(&self, head: i64) -> Result<Scope> {
        match &self.local.lock {
            Some(lock) => drift::scope(lock, &self.local, head),
            None => Ok(Scope::Schemas(Vec::new())),
        }
    }

    /// Before anything is applied: whether the schema is another than it should be, and that is let pass.
    pub(super) fn has_drifted(&mut self, state: &State) -> Result<bool> {
        let Some(expected) = self.expected(state)? else { return Ok(false) };
        let layers = expected.drift(&mut self.db)?;
        if layers.is_empty() || self.options.allow_drift {
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
