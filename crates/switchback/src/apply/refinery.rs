//! Refinery applies: our run implements its traits, and hands each migration to its public `migrate` in batched form,
//! so that a migration's work and refinery's history INSERT arrive in one `execute`, which is one transaction of ours.
//!
//! What refinery does by itself and we therefore do not let it do: without grouping it commits the history row apart
//! from the work; it takes no lock; it verifies in quadratic time; it takes two files of one version whose names differ.

use super::Run;
use crate::store::refinery_migration;
use refinery_core::traits::sync::{Migrate, Query, Transaction, migrate};
use refinery_core::{Migration as RefineryMigration, Target};
use switchback_plan::{Error, ErrorKind, Result};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

impl Transaction for Run<'_> {
    type Error = Error;

    /// Gets pairs: the text of a migration, and the INSERT that records it.
    fn execute<'q, T: Iterator<Item = &'q str>>(&mut self, queries: T) -> Result<usize> {
        let handed = std::mem::take(&mut self.handed);
        let queries: Vec<&str> = queries.collect();
        if handed.is_empty() {
            // Refinery's own statements (its table): they run inside the transaction that is open.
            for query in &queries {
                self.db.execute(query, &[]).inspect_err(|e| self.failure = Some(e.clone()))?;
            }
            return Ok(queries.len());
        }
        let inserts: Vec<&str> = queries.iter().skip(1).step_by(2).copied().collect();
        let done = self.apply_handed(&handed, &inserts);
        done.inspect_err(|e| self.failure = Some(e.clone()))?;
        Ok(queries.len())
    }
}

impl Query<Vec<RefineryMigration>> for Run<'_> {
    fn query(&mut self, query: &str) -> Result<Vec<RefineryMigration>> {
        let mut out = Vec::new();
        for row in self.db.query(query, &[])? {
            let applied_on: String = row.at(2)?;
            let applied_on =
                OffsetDateTime::parse(&applied_on, &Rfc3339).unwrap_or(OffsetDateTime::UNIX_EPOCH);
            let version: i64 = row.at(0)?;
            let checksum: String = row.at(3)?;
            let wide = || {
                Error::new(
                    ErrorKind::Unsupported,
                    format!("version {version} needs the feature int8-versions"),
                )
            };
            out.push(RefineryMigration::applied(
                version.try_into().map_err(|_| wide())?,
                row.at(1)?,
                applied_on,
                checksum.parse().unwrap_or_default(),
            ));
        }
        Ok(out)
    }
}

impl Migrate for Run<'_> {}

impl Run<'_> {
    /// Creates the four tables inside the open transaction, refinery its own.
    pub(crate) fn make_tables(&mut self) -> Result<()> {
        self.db.ensure_schema()?;
        let history = self.store.history.clone();
        self.assert_migrations_table(&history).map_err(|e| unwrap(e, self.failure.take()))?;
        let store = self.store.clone();
        store.create(self.db)
    }

    /// Gives migrations of the set, by their index, to refinery, which gives them back to us together with their history rows.
    pub(super) fn hand_over(&mut self, indexes: Vec<usize>) -> Result<()> {
        let migrations = indexes
            .iter()
            .map(|i| refinery_migration(&self.local.migrations[*i]))
            .collect::<Result<Vec<RefineryMigration>>>()?;
        self.handed = indexes;
        let history = self.store.history.clone();
        match migrate(self, migrations, Target::Latest, &history, true) {
            Ok(_) => Ok(()),
            Err(e) => Err(unwrap(e, self.failure.take())),
        }
    }
}

/// Our own error, which refinery has wrapped.
fn unwrap(e: refinery_core::Error, ours: Option<Error>) -> Error {
    ours.unwrap_or_else(|| {
        let source = std::error::Error::source(&e).map(ToString::to_string).unwrap_or_else(|| e.to_string());
        Error::new(ErrorKind::Database, source)
    })
}
