//! Where a transaction begins and ends: its settings, and the records that go with its commit.

use super::{Postgres, error, inline};
use crate::db::{Begin, Bound};
use postgres::SimpleQueryMessage;
use switchback_plan::Result;

/// Back to the settings that the connection began with: a file may leave some behind (pg_dump's empty search_path,
/// SET ROLE).
const CLEAN: &str = "RESET ALL; RESET SESSION AUTHORIZATION; RESET ROLE; ";

impl Postgres {
    pub fn begin(&mut self, how: &Begin, first: &[Bound]) -> Result<Vec<u64>> {
        self.reset_watch(false);
        self.begin_again();
        let settings = self.settings();
        if !self.clean {
            // By itself: what stands in the same message would be read by the old standard_conforming_strings.
            self.message(&settings)?;
            self.clean = true;
        }
        self.lock_timeout = how.lock_timeout;
        // Once more, for behind a pooler it may be another connection that somebody else has left as it is.
        self.opening = Some(format!("{settings}BEGIN; {}", self.limit()));
        if first.is_empty() {
            return Ok(Vec::new());
        }
        match self.message(&records(first)?) {
            Ok(counts) => Ok(counts[counts.len().saturating_sub(first.len())..].to_vec()),
            Err(e) => {
                self.rollback();
                Err(e)
            }
        }
    }

    /// Puts the settings of the session back.
    fn settings(&self) -> String {
        let exact = if self.exact_floats { "SET extra_float_digits = 1; " } else { "" };
        format!("{CLEAN}{exact}")
    }

    fn limit(&self) -> String {
        format!("SET LOCAL lock_timeout = {}; ", self.lock_timeout.as_millis())
    }

    /// From now on the transactions that commit here are known from those of others.
    pub fn remember_own(&mut self) {
        self.own.get_or_insert_default();
    }

    /// Those that committed since.
    pub fn own(&self) -> Vec<u32> {
        self.own.clone().unwrap_or_default()
    }

    pub fn commit(&mut self, bounds: &[Bound]) -> Result<()> {
        // Deferred constraints and triggers run as the file left the session; then all settings go back, so that the
        // next transaction finds none of them, and so that the records are written by the role that made our tables.
        let which = match &self.own {
            Some(_) => "SELECT pg_catalog.pg_current_xact_id_if_assigned(); ",
            None => "",
        };
        let text = format!(
            "SET CONSTRAINTS ALL IMMEDIATE; {}{}{}{which}COMMIT",
            self.settings(),
            self.limit(),
            records(bounds)?
        );
        match self.sent(&text).map_err(|e| self.interrupted(error(&e))) {
            Ok(messages) => {
                self.reset_watch(true);
                if let Some(own) = &mut self.own {
                    let row = messages.iter().rev().find_map(|m| match m {
                        SimpleQueryMessage::Row(row) => Some(row),
                        _ => None,
                    });
                    let id = row.and_then(|row| row.get(0)).and_then(|id| id.parse::<u64>().ok());
                    // Rows keep the lower half.
                    own.extend(id.map(|id| (id & u64::from(u32::MAX)) as u32));
                }
                Ok(())
            }
            Err(e) => {
                self.rollback();
                Err(e)
            }
        }
    }

    pub fn rollback(&mut self) {
        self.reset_watch(false);
        if self.opening.take().is_some() {
            return;
        }
        // A text that cannot be parsed is refused together with the BEGIN before it; then this is a warning.
        if let Err(e) = self.client.batch_execute("ROLLBACK") {
            tracing::debug!("rollback: {e}");
        }
    }

    pub fn clean(&mut self, how: &Begin, bounds: &[Bound]) -> Result<()> {
        self.lock_timeout = how.lock_timeout;
        let text = format!("{}{}{}", self.settings(), self.limit(), records(bounds)?);
        self.message(&text).map(drop)
    }
}

/// Our own statements, each with its end.
fn records(bounds: &[Bound]) -> Result<String> {
    bounds.iter().map(|bound| Ok(inline::render(bound)? + "; ")).collect()
}
