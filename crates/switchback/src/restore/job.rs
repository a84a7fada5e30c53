//! A restore, whichever way it goes.

use super::How;
use crate::backup::crypt::Opened;
use crate::backup::postgres::session;
use crate::backup::{Manifest, verify};
use crate::connect::{DatabaseUrl, PgTarget};
use crate::db::Database;
use crate::event::Watch;
use crate::migrator::{Connected, Migrator};
use crate::options::Options;
use switchback_plan::Result;

/// What is restored, and over what.
pub(super) struct Job<'a, Target> {
    pub migrator: &'a Migrator,
    pub target: &'a Target,
    pub from: &'a Opened,
    pub manifest: &'a Manifest,
    pub how: &'a How,
    pub watch: &'a Watch,
}

// Derived, they would ask the same of the target, of which there is only a reference.
impl<Target> Clone for Job<'_, Target> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Target> Copy for Job<'_, Target> {}

impl<'a> Job<'a, PgTarget> {
    pub fn options(&self) -> &'a Options {
        self.migrator.settings()
    }

    /// The name of the live database.
    pub fn name(&self) -> String {
        self.target.database().unwrap_or_default().to_owned()
    }

    /// Connects to the live database.
    pub fn connect(&self) -> Result<Connected> {
        self.migrator.clone().connect_to(DatabaseUrl::Postgres(self.target.clone()))
    }

    /// The options of those who write and read the copy: its history is in the schema that the manifest names.
    pub fn copy_options(&self) -> Options {
        verify::in_schema(self.options(), self.manifest)
    }

    /// A session in the copy at `target`.
    pub fn copy(&self, target: &PgTarget) -> Result<Database> {
        session(target, &self.copy_options())
    }

    /// Refuses a copy that is not what the manifest says.
    pub fn verify(&self, copy: &mut Database) -> Result<()> {
        verify::compare(self.from.path(), self.manifest, copy, &mut self.watch.clone())
    }
}
