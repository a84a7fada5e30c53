//! Copying another tool's folder into our layout, and reading its history: the edge around
//! [`switchback_plan::import`].

use std::fs;
use std::io;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use switchback_plan::import::{
    Conversion, ForeignHistory, ForeignRow, HistoryQuery, SourceFile, Tool, convert,
};
use switchback_plan::{Dialect, Error, ErrorKind, Location, Result, digest};

use crate::value::Row;

/// What was imported.
#[derive(Debug, Clone, Serialize)]
pub struct ImportReport {
    /// `diesel`, `sqlx`, `golang-migrate`, `goose` or `dbmate`.
    pub tool: &'static str,
    /// The folder that holds the result.
    pub into: PathBuf,
    /// False where the folder held all of it already, so that nothing had to be written.
    pub written: bool,
    /// In the order of versions.
    pub migrations: Vec<ImportedMigration>,
    /// What the tool does not take for a migration either.
    pub ignored: Vec<IgnoredFile>,
    /// The conversion itself, for [`switchback_plan::import::adopt`].
    #[serde(skip)]
    pub conversion: Conversion,
}

/// One imported migration.
#[derive(Debug, Clone, Serialize)]
pub struct ImportedMigration {
    /// Its version here.
    pub version: i64,
    /// Its name here.
    pub name: String,
    /// The file or folder that it came from.
    pub source: String,
    /// Its version in the other tool's history.
    pub source_version: String,
    /// What is not as it was.
    pub notes: Vec<String>,
}

/// A file that was left out.
#[derive(Debug, Clone, Serialize)]
pub struct IgnoredFile {
    /// Relative to the folder.
    pub path: String,
    /// Why.
    pub why: &'static str,
}

/// Copies the folder `from` of another tool into our layout at `into`: all of it or nothing. Where `into` holds exactly
/// this conversion already (whatever was added behind it), nothing is written, so that the same command can be
/// repeated with every database whose history is to be adopted.
///
/// # Errors
/// Whatever [`convert`] refuses; a target that holds something else; a file that cannot be read or written.
pub fn import(tool: Tool, from: &Path, into: &Path, dialect: Option<Dialect>) -> Result<ImportReport> {
    let files = read_folder(tool, from)?;
    let conversion = convert(tool, &files, dialect).map_err(|e| below(e, from))?;
    refuse_inside(from, into)?;
    let written = if is_empty_or_missing(into)? {
        write(&conversion, into)?;
        true
    } else {
        compare(&conversion, into)?;
        false
    };
    Ok(ImportReport {
        tool: tool.as_str(),
        into: into.to_owned(),
        written,
        migrations: conversion
            .migrations
            .iter()
            .map(|m| ImportedMigration {
                version: m.version,
                name: m.name.clone(),
                source: m.source.clone(),
                source_version: m.source_version.clone(),
                notes: m.notes.clone(),
            })
            .collect(),
        ignored: conversion
            .ignored
            .iter()
            .map(|i| IgnoredFile { path: i.path.clone(), why: i.why })
            .collect(),
        conversion,
    })
}

/// The files of another tool's folder, as deep as the tool looks.
///
/// # Errors
/// When something cannot be read, or has a name that is not UTF-8.
pub fn read_folder(tool: Tool, dir: &Path) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    read_level(tool, dir, "", tool.depth(), &mut files)?;
    Ok(files)
}

fn read_level(tool: Tool, dir: &Path, prefix: &str, depth: usize, files: &mut Vec<SourceFile>) -> Result<()> {
    let entries = fs::read_dir(dir).map_err(|e| io_error("cannot read the folder", dir, &e))?;
    let mut empty = true;
    for entry in entries {
        empty = false;
        let entry = entry.map_err(|e| io_error("cannot read the folder", dir, &e))?;
        let full = entry.path();
        let name = entry.file_name().into_string().map_err(|name| {
            Error::new(ErrorKind::Source, "this name is not UTF-8")
                .at(Location::file(dir.join(name).display().to_string()))
                .hint("rename the file")
        })?;
        // Links are followed, as the tools do.
        let is_dir = fs::metadata(&full).map_err(|e| io_error("cannot read", &full, &e))?.is_dir();
        let path = format!("{prefix}{name}");
        if is_dir && depth > 1 && !name.starts_with('.') {
            read_level(tool, &full, &format!("{path}/"), depth - 1, files)?;
        } else if is_dir {
            files.push(SourceFile::new(format!("{path}/"), Vec::new()));
        } else {
            let content = if tool.reads(&path) {
                fs::read(&full).map_err(|e| io_error("cannot read", &full, &e))?
            } else {
                Vec::new()
            };
            files.push(SourceFile::new(path, content));
        }
    }
    if empty && !prefix.is_empty() {
        files.push(SourceFile::new(prefix, Vec::new()));
    }
    Ok(())
}

/// Reads the other tool's history through `query`, which runs one statement and returns its rows. Only reads.
///
/// # Errors
/// When there is no such table, or it is not the tool's.
pub fn foreign_history(
    tool: Tool,
    dialect: Dialect,
    table: Option<&str>,
    mut query: impl FnMut(&str) -> Result<Vec<Row>>,
) -> Result<ForeignHistory> {
    let sql = HistoryQuery::new(tool, dialect, table);
    let exists = match query(&sql.exists)?.first() {
        Some(row) => row.at::<i64>(0)? != 0,
        None => false,
    };
    if !exists {
        return Err(Error::new(
            ErrorKind::Refused,
            format!("the database has no table {}, so {tool} has no history in it", sql.table),
        )
        .hint(format!(
            "name the table if {tool} was told another one, or adopt nothing: `up` applies it all"
        )));
    }
    let rows = query(&sql.rows).map_err(|e| {
        Error::new(e.kind(), format!("the table {} is not a history of {tool}: {}", sql.table, e.message()))
            .hint("name the tool that wrote it")
    })?;
    let rows = rows
        .iter()
        .map(|row| {
            Ok(ForeignRow { version: row.at(0)?, checksum: row.at(1)?, dirty: row.at::<i64>(2)? != 0 })
        })
        .collect::<Result<_>>()?;
    Ok(ForeignHistory::from_rows(rows))
}

/// The same error, its file named from where the user stands.
fn below(error: Error, dir: &Path) -> Error {
    match error.location().cloned() {
        Some(mut location) => {
            location.file = dir.join(&location.file).display().to_string();
            error.at(location)
        }
        None => error.at(Location::file(dir.display().to_string())),
    }
}

/// A target inside the source would be a migration to the other tool.
fn refuse_inside(from: &Path, into: &Path) -> Result<()> {
    let from = fs::canonicalize(from).map_err(|e| io_error("cannot read the folder", from, &e))?;
    // The target need not exist yet: what counts is the nearest folder above it that does.
    let absolute = std::path::absolute(into).map_err(|e| io_error("cannot find", into, &e))?;
    let existing = absolute.ancestors().find_map(|a| fs::canonicalize(a).ok());
    if existing.is_some_and(|existing| existing.starts_with(&from)) {
        return Err(Error::new(ErrorKind::Refused, "the target lies inside the folder that is imported")
            .at(Location::file(into.display().to_string()))
            .hint("choose a target beside it"));
    }
    Ok(())
}

fn is_empty_or_missing(into: &Path) -> Result<bool> {
    match fs::read_dir(into) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(e) => Err(io_error("cannot read the target folder", into, &e)),
    }
}

/// Writes beside the target first; a rename makes it appear whole.
fn write(conversion: &Conversion, into: &Path) -> Result<()> {
    // A link to an empty folder stays a link.
    let into = &fs::canonicalize(into).unwrap_or_else(|_| into.to_owned());
    let parent = into.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |e: &io::Error| io_error("cannot write the target folder", into, e);
    fs::create_dir_all(parent).map_err(|e| failed(&e))?;
    let temporary =
        tempfile::Builder::new().prefix(".switchback-import-").tempdir_in(parent).map_err(|e| failed(&e))?;
    // A folder of its own, for the temporary one is private to its owner.
    let stage = temporary.path().join("set");
    for (path, content) in conversion.migrations.iter().flat_map(|m| &m.files) {
        let path = stage.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|e| failed(&e))?;
        }
        let mut file = fs::File::create_new(&path).map_err(|e| failed(&e))?;
        file.write_all(content.as_bytes()).map_err(|e| failed(&e))?;
        file.sync_all().map_err(|e| failed(&e))?;
    }
    if cfg!(windows) && into.exists() {
        // Windows renames onto nothing at all, not even an empty folder.
        fs::remove_dir(into).map_err(|e| failed(&e))?;
    }
    fs::rename(&stage, into).map_err(|e| failed(&e))
}

/// A folder that is not empty may hold this very conversion, but nothing else of these versions.
fn compare(conversion: &Conversion, into: &Path) -> Result<()> {
    for migration in &conversion.migrations {
        for (path, content) in &migration.files {
            let full = into.join(path);
            let there = match fs::read(&full) {
                Ok(bytes) => bytes,
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    return Err(occupied(into, &format!("{path} is not in it")));
                }
                Err(e) => return Err(io_error("cannot read", &full, &e)),
            };
            // A checkout may have changed the line endings.
            let same = std::str::from_utf8(&there)
                .is_ok_and(|text| digest::of_text(text) == digest::of_text(content));
            if !same {
                return Err(occupied(into, &format!("its {path} is another one")));
            }
        }
    }
    Ok(())
}

fn occupied(into: &Path, what: &str) -> Error {
    Error::new(ErrorKind::Refused, format!("the target folder is not empty and is not this import: {what}"))
        .at(Location::file(into.display().to_string()))
        .hint("choose an empty or a new folder")
}

fn io_error(what: &str, path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{what}: {error}")).at(Location::file(path.display().to_string()))
}

#[cfg(test)]
mod tests;
