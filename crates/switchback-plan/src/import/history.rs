//! The other tool's history: how it is read, and which of ours it means.

use std::collections::{BTreeSet, HashMap};

use super::{Imported, Tool, listed};
use crate::quote::{literal, qualified};
use crate::{Dialect, Error, ErrorKind, Result};

/// What the other tool's history says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForeignHistory {
    /// The applied migrations; of golang-migrate only the newest.
    pub versions: Vec<ForeignApplied>,
    /// The version that the tool calls dirty, where there is one.
    pub dirty: Option<String>,
}

/// An applied migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignApplied {
    /// As the tool writes it.
    pub version: String,
    /// sqlx: SHA-384 of the file.
    pub checksum: Option<Vec<u8>>,
}

/// A row of [`HistoryQuery::rows`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignRow {
    /// First column, text.
    pub version: String,
    /// Second column, bytes or NULL.
    pub checksum: Option<Vec<u8>>,
    /// Third column, 0 or 1.
    pub dirty: bool,
}

impl ForeignHistory {
    /// The history that the rows are.
    pub fn from_rows(rows: Vec<ForeignRow>) -> ForeignHistory {
        let dirty = rows.iter().find(|row| row.dirty).map(|row| row.version.clone());
        let versions = rows
            .into_iter()
            .filter(|row| !row.dirty)
            .map(|row| ForeignApplied { version: row.version, checksum: row.checksum })
            .collect();
        ForeignHistory { versions, dirty }
    }
}

/// The SQL that reads a tool's history; it only reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryQuery {
    /// The table, for messages.
    pub table: String,
    /// One row with 1 where the table exists, else with 0.
    pub exists: String,
    /// A row for each applied migration: version (text), checksum (bytes or NULL), dirty (0 or 1).
    pub rows: String,
}

impl HistoryQuery {
    /// For a tool, an engine and, where the tool was told another one, the name of the table (`schema.table` too).
    pub fn new(tool: Tool, dialect: Dialect, table: Option<&str>) -> HistoryQuery {
        let table = table.unwrap_or(tool.history_table());
        let quoted = qualified(table);
        let exists = match dialect {
            Dialect::Sqlite => format!(
                "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = {}",
                literal(table.rsplit('.').next().unwrap_or(table))
            ),
            Dialect::Postgres => {
                format!("SELECT CASE WHEN to_regclass({}) IS NULL THEN 0 ELSE 1 END", literal(&quoted))
            }
        };
        let bytes = match dialect {
            Dialect::Sqlite => "blob",
            Dialect::Postgres => "bytea",
        };
        let no_checksum = format!("CAST(NULL AS {bytes})");
        let rows = match tool {
            Tool::Diesel | Tool::Dbmate => {
                format!("SELECT CAST(version AS text), {no_checksum}, 0 FROM {quoted} ORDER BY version")
            }
            Tool::Sqlx => format!(
                "SELECT CAST(version AS text), checksum, CASE WHEN success THEN 0 ELSE 1 END FROM {quoted} ORDER BY version"
            ),
            Tool::GolangMigrate => format!(
                "SELECT CAST(version AS text), {no_checksum}, CASE WHEN dirty THEN 1 ELSE 0 END FROM {quoted}"
            ),
            // A version may have several rows; the newest says whether it is applied. Version 0 is goose's own.
            Tool::Goose => format!(
                "SELECT CAST(v.version_id AS text), {no_checksum}, 0 FROM {quoted} v WHERE v.version_id > 0 AND v.is_applied \
                 AND v.id = (SELECT max(w.id) FROM {quoted} w WHERE w.version_id = v.version_id) ORDER BY v.version_id"
            ),
        };
        HistoryQuery { table: table.to_owned(), exists, rows }
    }
}

/// Our versions that the other tool's history says are applied, in order: always the first so many.
///
/// # Errors
/// A dirty history, applied versions that the folder does not have, pending ones below the newest applied one, and (sqlx)
/// files that are no longer what was applied; each lists the versions.
pub fn adopt(tool: Tool, imported: &[Imported], foreign: &ForeignHistory) -> Result<Vec<i64>> {
    if let Some(version) = &foreign.dirty {
        return Err(Error::new(
            ErrorKind::HalfDone,
            format!("{tool}'s history says that version {version} failed half-way"),
        )
        .hint(clean_up(tool)));
    }
    let positions: HashMap<&str, usize> =
        imported.iter().enumerate().map(|(i, migration)| (migration.source_version.as_str(), i)).collect();
    let position = |applied: &ForeignApplied| positions.get(applied.version.as_str()).copied();
    let unknown: Vec<&str> = foreign
        .versions
        .iter()
        .filter(|applied| position(applied).is_none())
        .map(|applied| applied.version.as_str())
        .collect();
    if !unknown.is_empty() {
        return Err(Error::new(
            ErrorKind::Diverged,
            format!("{tool} has applied what the folder does not have: {}", listed(&unknown)),
        )
        .hint("import the folder of the release that runs on this database"));
    }
    let mut applied: BTreeSet<usize> = foreign.versions.iter().filter_map(position).collect();
    let newest = applied.last().copied();
    if let (Tool::GolangMigrate, Some(newest)) = (tool, newest) {
        // It keeps the newest only; everything below is applied.
        applied.extend(0..newest);
    }
    let behind = newest.map_or(0, |newest| newest + 1);
    let gaps: Vec<&str> = (0..behind)
        .filter(|i| !applied.contains(i))
        .filter_map(|i| imported.get(i))
        .map(|migration| migration.source.as_str())
        .collect();
    if !gaps.is_empty() {
        return Err(Error::new(
            ErrorKind::Diverged,
            format!("older migrations are not applied while newer ones are: {}", listed(&gaps)),
        )
        .hint(format!("apply them with {tool} first, then adopt")));
    }
    let changed: Vec<&str> = foreign
        .versions
        .iter()
        .filter_map(|applied| {
            let migration = imported.get(position(applied)?)?;
            let checksum = applied.checksum.as_ref()?;
            (!migration.checksums.is_empty() && !migration.checksums.contains(checksum))
                .then_some(migration.source.as_str())
        })
        .collect();
    if !changed.is_empty() {
        return Err(Error::new(
            ErrorKind::Diverged,
            format!("these files are not what {tool} applied: {}", listed(&changed)),
        )
        .hint("restore the text that was applied, import it again, then adopt"));
    }
    Ok(imported.iter().take(behind).map(|migration| migration.version).collect())
}

fn clean_up(tool: Tool) -> String {
    match tool {
        Tool::GolangMigrate => {
            "undo what it left behind by hand, then migrate force VERSION to the last good one".to_owned()
        }
        Tool::Sqlx => {
            "undo what it left behind by hand, then delete its row from _sqlx_migrations".to_owned()
        }
        Tool::Diesel | Tool::Goose | Tool::Dbmate => format!("finish it with {tool} first"),
    }
}
