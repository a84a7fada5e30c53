//! Settings of the connection that are put back: those that a migration made, and those of a batch.

use super::Sqlite;
use rusqlite::Connection;

/// The page cache of a batch, in the unit of `PRAGMA cache_size`: 32 MiB. Keys in random order change a page a row;
/// what the usual 2 MiB cannot hold is written, and its journal synced, before the commit.
const BATCH_CACHE: i64 = -32 * 1024;

pub(super) type Settings = Vec<(&'static str, i64)>;

/// Settings of a connection that would reach the next migration. `foreign_keys` is set by each `begin`.
const SETTINGS: [&str; 12] = [
    "automatic_index",
    "cache_size",
    "cell_size_check",
    "defer_foreign_keys",
    "ignore_check_constraints",
    "legacy_alter_table",
    "query_only",
    "read_uncommitted",
    "recursive_triggers",
    "reverse_unordered_selects",
    "trusted_schema",
    "writable_schema",
];

impl Sqlite {
    pub(super) fn size_cache(&mut self, batch: bool) -> rusqlite::Result<()> {
        match self.cache {
            None if batch => {
                self.cache = Some(self.conn.pragma_query_value(None, "cache_size", |row| row.get(0))?);
                self.conn.pragma_update(None, "cache_size", BATCH_CACHE)
            }
            Some(before) if !batch => {
                self.cache = None;
                self.conn.pragma_update(None, "cache_size", before)
            }
            None | Some(_) => Ok(()),
        }
    }

    /// What is true after every transaction, however it ended: foreign keys are on, and a setting that its statements
    /// made (`legacy_alter_table` of a rebuild that failed) is what it was before.
    pub(super) fn restore(&mut self) {
        self.reset();
        if self.unchecked.take().is_some()
            && let Err(e) = self.conn.pragma_update(None, "foreign_keys", true)
        {
            tracing::warn!("could not switch foreign keys on again: {e}");
        }
    }

    /// Back to the settings from before a migration touched one.
    pub(super) fn reset(&mut self) {
        for (name, value) in self.settings.take().unwrap_or_default() {
            if let Err(e) = self.conn.pragma_update(None, name, value) {
                tracing::warn!("could not reset {name}: {e}");
            }
        }
    }
}

/// Before a statement that may change a setting is prepared, for that is when it changes it.
pub(super) fn remember(conn: &Connection, settings: &mut Option<Settings>, what: &str) {
    if settings.is_some() || !what.starts_with("pragma") {
        return;
    }
    let now =
        |name: &&'static str| Some((*name, conn.pragma_query_value(None, name, |row| row.get(0)).ok()?));
    *settings = Some(SETTINGS.iter().filter_map(now).collect());
}
