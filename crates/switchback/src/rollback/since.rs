//! What was written since a run ended: said before somebody goes back to a state that knows nothing of it.
//!
//! A mark is set when the run ends. On SQLite it is a hash of every row; on PostgreSQL the snapshot, for there every
//! row says which transaction wrote it.

use crate::backup::postgres::one;
use crate::content;
use crate::db::Database;
use crate::migrator::Connected;
use crate::value::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use switchback_plan::{Error, ErrorKind, Result};

/// The names of the files, beside the manifest of the backup that the run began with.
pub(crate) const MARK: &str = "after.json";
pub(crate) const HASHES: &str = "after.rows";

/// A table in which something was written since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Its name.
    pub table: String,
    /// How many rows it had.
    pub rows_then: u64,
    /// How many it has.
    pub rows_now: u64,
    /// How many of them were inserted or changed since.
    pub written: u64,
}

/// What was written since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// In these tables; in no others.
    Known(Vec<Changed>),
    /// Nobody can say, and why.
    Unknown(String),
}

/// The state at the end of a run.
#[derive(Serialize, Deserialize)]
struct Mark {
    /// The rows of each table.
    tables: BTreeMap<String, u64>,
    /// PostgreSQL: what `pg_current_snapshot()` said.
    snapshot: Option<String>,
    /// SQLite: the digest of the file with the hashes, table by table in the order of their names.
    hashes: Option<String>,
}

/// Sets the mark in the folder of a backup.
///
/// # Errors
/// When the database cannot be read, or the folder not be written.
pub(crate) fn mark(connected: &mut Connected, backup: &Path) -> Result<()> {
    let cannot = |e: &io::Error| {
        Error::new(ErrorKind::Io, format!("{} cannot be written: {e}", backup.join(MARK).display()))
    };
    let mark = match &mut connected.db {
        Database::Sqlite(db) => {
            let hashes = content::row_hashes(db)?;
            let bytes: Vec<u8> = hashes.values().flatten().flat_map(|hash| hash.to_le_bytes()).collect();
            fs::write(backup.join(HASHES), &bytes).map_err(|e| cannot(&e))?;
            let tables = hashes.into_iter().map(|(name, hashes)| (name, hashes.len() as u64)).collect();
            Mark { tables, snapshot: None, hashes: Some(hex(&Sha256::digest(&bytes))) }
        }
        Database::Postgres(db) => {
            let snapshot = one(db, "SELECT pg_catalog.pg_current_snapshot()")?;
            let rows = content::rows_written_since(db, None)?;
            let tables = rows.into_iter().map(|r| (r.table, r.rows)).collect();
            Mark { tables, snapshot: Some(snapshot), hashes: None }
        }
    };
    let text = serde_json::to_string(&mark).unwrap_or_default();
    fs::write(backup.join(MARK), text).map_err(|e| cannot(&e))
}

/// What was written since the mark in that folder was set.
pub(crate) fn since(connected: &mut Connected, backup: &Path) -> Since {
    match compare(connected, backup) {
        Ok(changed) => Since::Known(changed),
        Err(why) => Since::Unknown(why),
    }
}

fn compare(connected: &mut Connected, backup: &Path) -> std::result::Result<Vec<Changed>, String> {
    let text = fs::read_to_string(backup.join(MARK))
        .map_err(|_| "nobody noted what the tables held when the run ended".to_owned())?;
    let mark: Mark =
        serde_json::from_str(&text).map_err(|e| format!("what was noted cannot be read: {e}"))?;
    let mut changed = Vec::new();
    let mut tell = |table: &str, rows_then: u64, rows_now: u64, written: u64| {
        if written > 0 || rows_now != rows_then {
            changed.push(Changed { table: table.to_owned(), rows_then, rows_now, written });
        }
    };
    match &mut connected.db {
        Database::Sqlite(db) => {
            let mut then = kept_hashes(&mark, backup)?;
            for (table, now) in content::row_hashes(db).map_err(|e| e.to_string())? {
                let then = then.remove(&table).unwrap_or_default();
                tell(&table, then.len() as u64, now.len() as u64, only_in(now, then));
            }
            for (table, then) in then {
                tell(&table, then.len() as u64, 0, 0);
            }
        }
        Database::Postgres(db) => {
            let mut then = mark.tables;
            let rows =
                content::rows_written_since(db, mark.snapshot.as_deref()).map_err(|e| e.to_string())?;
            for now in rows {
                let then = then.remove(&now.table).unwrap_or_default();
                tell(&now.table, then, now.rows, now.written);
            }
            for (table, then) in then {
                tell(&table, then, 0, 0);
            }
        }
    }
    Ok(changed)
}

fn kept_hashes(mark: &Mark, backup: &Path) -> std::result::Result<BTreeMap<String, Vec<u64>>, String> {
    let bytes = fs::read(backup.join(HASHES)).map_err(|e| format!("{HASHES} cannot be read: {e}"))?;
    if mark.hashes.as_deref() != Some(&hex(&Sha256::digest(&bytes))) {
        return Err(format!("{HASHES} is not what it was"));
    }
    let mut all = bytes.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().unwrap_or_default()));
    let of_table = |(name, rows): (&String, &u64)| {
        (name.clone(), all.by_ref().take(usize::try_from(*rows).unwrap_or_default()).collect())
    };
    Ok(mark.tables.iter().map(of_table).collect())
}

/// How many of `now` are not in `then`, each as often as it is there.
fn only_in(mut now: Vec<u64>, mut then: Vec<u64>) -> u64 {
    // Mostly nothing was written, and to sort a million hashes takes as long as to make them.
    let sum = |hashes: &[u64]| hashes.iter().fold(0_u64, |sum, hash| sum.wrapping_add(*hash));
    if now.len() == then.len() && sum(&now) == sum(&then) {
        return 0;
    }
    now.sort_unstable();
    then.sort_unstable();
    let mut then = then.iter().peekable();
    let mut only = 0;
    for hash in &now {
        while then.next_if(|t| *t < hash).is_some() {}
        if then.next_if_eq(&hash).is_none() {
            only += 1;
        }
    }
    only
}

#[cfg(test)]
mod tests {
    use super::only_in;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_that_are_new_are_counted_each(mut then in prop::collection::vec(0_u64..20, 0..40), mut new in prop::collection::vec(20_u64..40, 0..20)) {
            // Their sums tell apart what is random; small numbers are made so.
            let spread = |n: &mut u64| *n = (*n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            then.iter_mut().chain(&mut new).for_each(spread);
            let now: Vec<u64> = new.iter().chain(&then).copied().collect();
            prop_assert_eq!(only_in(now.clone(), then.clone()), new.len() as u64);
            prop_assert_eq!(only_in(then, now.clone()), 0);
            prop_assert_eq!(only_in(now.clone(), Vec::new()), now.len() as u64);
        }
    }
}
