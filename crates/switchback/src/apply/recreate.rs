//! Building missing indexes again, outside any migration.

use super::Run;
use super::transact::Attempts;
use crate::connect::redact;
use crate::db::{Bound, Failed};
use crate::event::Event;
use crate::migrator::recreate::Missing;
use crate::store::Entry;
use std::time::Instant;
use switchback_plan::{Dialect, Error, ErrorKind, Result, Script, Statement, digest, source};

impl Run<'_> {
    /// Builds them one after the other, each with its record. A build that was killed leaves an INVALID index, which the
    /// next one drops.
    pub(crate) fn recreate(&mut self, all: &[Missing]) -> Result<()> {
        let built = match self.db.dialect() {
            Dialect::Sqlite => self.recreate_at_once(all),
            Dialect::Postgres => all.iter().enumerate().try_for_each(|(i, missing)| {
                self.tell_building(missing, i, all.len());
                self.recreate_one(missing).map_err(|e| about(missing, e))
            }),
        };
        if let Err(e) = &built
            && !matches!(e.kind(), ErrorKind::Connection | ErrorKind::Moved)
        {
            self.db.rollback();
            let entry = Entry { detail: Some(redact(&e.to_string())), ..self.entry("failed") };
            if let Err(second) = self.append_alone(Some(entry)) {
                tracing::debug!("the failure could not be recorded: {second}");
            }
        }
        built
    }

    fn tell_building(&mut self, missing: &Missing, done: usize, total: usize) {
        let what = format!("building the index {}", missing.index);
        let (done, total) = (done as u64, Some(total as u64));
        self.tell(&Event::Work { what: &what, done, total, unit: "indexes" });
    }

    fn recreate_at_once(&mut self, all: &[Missing]) -> Result<()> {
        self.transact(&self.begin_options(None), &mut |run| {
            let mut records = Vec::new();
            for (i, missing) in all.iter().enumerate() {
                run.tell_building(missing, i, all.len());
                let start = Instant::now();
                run.db.execute(&missing.again.create, &[]).map_err(|e| about(missing, e))?;
                records.push(run.rebuilt(missing, start));
            }
            Ok(((), records))
        })
    }

    fn recreate_one(&mut self, missing: &Missing) -> Result<()> {
        let start = Instant::now();
        if missing.again.concurrently {
            self.build_alone(missing)?;
        }
        self.transact(&self.begin_options(None), &mut |run| {
            if !missing.again.concurrently {
                run.db.execute(&missing.again.create, &[])?;
            }
            for statement in &missing.again.after {
                run.db.execute(statement, &[])?;
            }
            let record = run.rebuilt(missing, start);
            Ok(((), vec![record]))
        })
    }

    /// Outside any transaction; what a failed or killed build left is dropped before each try.
    fn build_alone(&mut self, missing: &Missing) -> Result<()> {
        let create = parsed(&missing.again.create)?;
        let drop = parsed(&format!("DROP INDEX CONCURRENTLY IF EXISTS {}", missing.index.sql()))?;
        let how = self.begin_options(None);
        let mut attempts = Attempts::default();
        loop {
            self.check_interrupt()?;
            let cleared = match self.is_invalid(missing) {
                Ok(true) => self.db.run_alone(&drop.0, &drop.1, &how).map(drop_change),
                Ok(false) => Ok(()),
                Err(error) => Err(Failed { error, offset: None }),
            };
            let built = cleared.and_then(|()| self.db.run_alone(&create.0, &create.1, &how).map(drop_change));
            let Err(failed) = built else { return Ok(()) };
            if failed.error.kind() == ErrorKind::Connection {
                return Err(failed.error);
            }
            // Best effort: where it stays, `drift` names it, and the next repair drops it.
            if matches!(self.is_invalid(missing), Ok(true))
                && let Err(second) = self.db.run_alone(&drop.0, &drop.1, &how)
            {
                tracing::debug!("what the build left behind could not be dropped: {}", second.error);
            }
            self.pause_or_fail(failed.error, &mut attempts)?;
        }
    }

    /// Whether what is there is INVALID, and nobody is at it: a build that still runs is somebody's, and may end well.
    fn is_invalid(&mut self, missing: &Missing) -> Result<bool> {
        let sql = "SELECT count(*) FROM pg_catalog.pg_index
                   WHERE indexrelid = pg_catalog.to_regclass($1) AND indrelid = pg_catalog.to_regclass($2)
                     AND NOT indisvalid";
        let names = [missing.index.sql().into(), missing.table.sql().into()];
        let rows = self.db.query_own(sql, &names)?;
        if rows.first().map(|row| row.at::<i64>(0)).transpose()?.unwrap_or_default() == 0 {
            return Ok(false);
        }
        // Of other roles only those with rights see which index it is; then a build that has a lock on the table counts.
        let sql = "SELECT p.pid::bigint FROM pg_catalog.pg_stat_progress_create_index p
                   WHERE p.datname = current_database() AND p.pid <> pg_catalog.pg_backend_pid()
                     AND (p.index_relid = pg_catalog.to_regclass($1)::oid
                          OR (coalesce(p.index_relid, 0::oid) = 0::oid AND EXISTS (
                            SELECT 1 FROM pg_catalog.pg_locks l
                            WHERE l.pid = p.pid AND l.locktype = 'relation' AND l.granted
                              AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
                              AND l.relation = pg_catalog.to_regclass($2)::oid)))
                   ORDER BY 1";
        let rows = self.db.query_own(sql, &names)?;
        match rows.first().map(|row| row.at::<i64>(0)).transpose()? {
            None => Ok(true),
            Some(pid) => Err(Error::new(
                ErrorKind::Refused,
                format!("the index {} on {} is being built by process {pid} of the server", missing.index, missing.table),
            )
            .hint("wait until that build has ended, then run the same command again: it drops what is INVALID then, and leaves what is well")),
        }
    }

    fn rebuilt(&mut self, missing: &Missing, start: Instant) -> Bound {
        let entry = Entry {
            sha256: Some(digest::of_text(&missing.again.create)),
            duration_ms: i64::try_from(start.elapsed().as_millis()).ok(),
            detail: Some(format!("built the index {} on {} again", missing.index, missing.table)),
            ..self.entry("repaired")
        };
        self.append(entry)
    }
}

fn drop_change(_: crate::report::Change) {}

/// One statement that runs outside a transaction.
fn parsed(sql: &str) -> Result<(Script, Statement)> {
    let text = format!("-- switchback: step recreate no-transaction\n{sql};\n");
    let script = source::parse_script(Dialect::Postgres, "repair --recreate", &text)?;
    let statement = script.steps.iter().flat_map(|s| &s.statements).next().cloned();
    match statement {
        Some(statement) => Ok((script, statement)),
        None => Err(Error::new(ErrorKind::Unsupported, format!("{sql} is no statement"))),
    }
}

fn about(missing: &Missing, e: Error) -> Error {
    if matches!(e.kind(), ErrorKind::Connection | ErrorKind::Interrupted | ErrorKind::Moved) {
        return e;
    }
    if e.kind() == ErrorKind::Refused && e.what_next().is_some() {
        return e;
    }
    let not_unique = matches!(e.server_code(), Some("23505" | "SQLITE_CONSTRAINT_UNIQUE"));
    let hint = if not_unique {
        "find the rows that are equal where the index wants them different, mend them, and run the same command again; indexes that were built before stay"
    } else {
        "mend the cause, and run the same command again; indexes that were built before stay"
    };
    let message =
        format!("the index {} on {} cannot be built: {}", missing.index, missing.table, e.message());
    let error = Error::new(e.kind(), redact(&message)).hint(hint);
    match e.server_code() {
        Some(code) => error.code(code),
        None => error,
    }
}
