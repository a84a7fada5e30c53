//! Foreign keys that a migration may break without the server's noticing: it switches triggers off, or adds a key that is
//! NOT VALID. SQLite has neither: there a step with foreign keys off is a transaction, and looked through before its commit.

use super::Run;
use crate::db::BrokenKey;
use crate::event::Event;
use crate::store::Entry;
use std::collections::BTreeMap;
use switchback_plan::words::plural;
use switchback_plan::{Body, Dialect, Error, ErrorKind, Location, Migration, Result, Script, lex};

/// The event of the journal that holds them, for a run that goes on behind a crash.
pub(crate) const EVENT: &str = "broken_keys";

/// Rows that broke a key before the migration, by the key.
pub(super) type Before = BTreeMap<String, u64>;

/// Whether the engine does not see to all foreign keys while the script runs.
pub(super) fn is_unguarded(dialect: Dialect, script: &Script) -> bool {
    match dialect {
        Dialect::Sqlite => false,
        // Also inside the text of a function.
        Dialect::Postgres => {
            let words = script.text.to_lowercase();
            ["session_replication_role", "disable", "valid"].iter().any(|word| words.contains(word)) && {
                let words: Vec<&str> = words.split_whitespace().collect();
                let words = words.join(" ").replace("disable trigger user", "");
                ["session_replication_role", "disable trigger", "not valid"].iter().any(|w| words.contains(w))
            }
        }
    }
}

impl Run<'_> {
    /// Before a way up begins.
    pub(super) fn look_at_keys(&mut self, m: &Migration) -> Result<()> {
        self.keys = Before::new();
        let Body::Sql(script) = &m.up else { return Ok(()) };
        if !is_unguarded(self.local.dialect, script) {
            return Ok(());
        }
        if self.progress.is_some() {
            self.keys = self.store.read_noted(self.db, EVENT, m.version)?;
            return Ok(());
        }
        let broken = self.aside(m, &mut |run| run.broken(script))?;
        self.keys = broken.into_iter().map(|key| (key.id, key.rows)).collect();
        if !self.keys.is_empty() && !m.is_plain() {
            let entry = Entry {
                version: Some(m.version),
                name: Some(m.name.clone()),
                detail: serde_json::to_string(&self.keys).ok(),
                ..self.entry(EVENT)
            };
            self.append_alone(Some(entry))?;
        }
        Ok(())
    }

    /// Inside the last transaction of a way up: rows that break a key now, and did not before, roll it back.
    pub(super) fn check_keys(&mut self, script: &Script) -> Result<()> {
        if !is_unguarded(self.local.dialect, script) {
            return Ok(());
        }
        let mut wrong = Vec::new();
        for key in self.broken(script)? {
            let then = self.keys.get(&key.id).copied();
            let rows = plural(usize::try_from(key.rows).unwrap_or(usize::MAX), "row");
            let told = format!("{rows} of {} point to no row of {} ({})", key.table, key.parent, key.name);
            match then {
                Some(then) if key.rows <= then => {}
                // That a new key is NOT VALID is the author's word that rows may break it.
                None if !key.validated => self.tell(&Event::Warning { message: &told }),
                Some(_) | None => wrong.push(told),
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Check, format!("the migration breaks foreign keys: {}", wrong.join("; ")))
            .at(Location::file(self.path(&script.file)))
            .hint("it switches off what would have refused these rows: mend or delete them in it; what was not committed is rolled back"))
    }

    fn broken(&mut self, script: &Script) -> Result<Vec<BrokenKey>> {
        let dialect = self.local.dialect;
        self.db.broken_keys(&|table| lex::mentions_written(dialect, &script.text, table))
    }
}
