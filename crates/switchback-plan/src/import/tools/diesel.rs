//! Diesel: a folder a migration, `2019-03-01-120000_create_users/{up.sql,down.sql,metadata.toml}`. The version is the
//! name up to the first underscore without its hyphens, and versions are ordered as text.

use std::collections::BTreeMap;

use super::{Read, ignored};
use crate::import::{Found, Side, SourceFile, Tool, Wrap, duplicate, text_of, without_bom};
use crate::{Error, ErrorKind, Location, Result};

#[derive(Default)]
struct Folder<'a> {
    up: Option<&'a SourceFile>,
    down: Option<&'a SourceFile>,
    metadata: Option<&'a SourceFile>,
    others: Vec<&'a SourceFile>,
}

pub(in crate::import) fn read(files: &[&SourceFile]) -> Result<Read> {
    let mut folders: BTreeMap<&str, Folder<'_>> = BTreeMap::new();
    let mut skipped = Vec::new();
    for file in files {
        match file.path.split_once('/') {
            Some((folder, _)) if folder.starts_with('.') => skipped.push(ignored(file, "in a hidden folder")),
            None => skipped.push(ignored(file, "diesel's migrations are folders")),
            Some((_, "")) => skipped.push(ignored(file, "an empty folder")),
            Some((folder, name)) => {
                let entry = folders.entry(folder).or_default();
                match name {
                    "up.sql" => entry.up = Some(file),
                    "down.sql" => entry.down = Some(file),
                    "metadata.toml" => entry.metadata = Some(file),
                    _ => entry.others.push(file),
                }
            }
        }
    }
    let mut found: Vec<Found> = Vec::new();
    for (name, folder) in folders {
        let Some(up) = folder.up else {
            return Err(Error::new(ErrorKind::Source, "this folder has no up.sql")
                .at(Location::file(name))
                .hint("diesel refuses it too: add an up.sql, or move the folder elsewhere"));
        };
        skipped.extend(
            folder.others.iter().map(|file| ignored(file, "neither up.sql, down.sql nor metadata.toml")),
        );
        found.push(migration(name, up, &folder)?);
    }
    found.sort_by(|a, b| a.version.cmp(&b.version));
    for pair in found.windows(2) {
        if pair[0].version == pair[1].version {
            return Err(duplicate(Tool::Diesel, &pair[0].version, &pair[0].source, &pair[1].source));
        }
    }
    Ok((found, skipped))
}

fn migration(name: &str, up: &SourceFile, folder: &Folder<'_>) -> Result<Found> {
    let (version, title) = name.split_once('_').unwrap_or((name, ""));
    let mut notes = Vec::new();
    let wrap = match folder.metadata {
        Some(file) => in_transaction(file, &mut notes)?,
        None => Wrap::Transaction,
    };
    let mut side = |file: &SourceFile| -> Result<Side> {
        let (text, bom) = text_of(file)?;
        if bom {
            notes.push(without_bom(&file.path));
        }
        Ok(Side::one(text, wrap))
    };
    let up = side(up)?;
    let down = folder.down.map(side).transpose()?;
    Ok(Found {
        source: name.to_owned(),
        version: version.replace('-', ""),
        title: title.to_owned(),
        up: Some(up),
        down,
        checksums: Vec::new(),
        notes,
    })
}

/// `run_in_transaction`; a file that does not have it means false to diesel, no file means true.
fn in_transaction(file: &SourceFile, notes: &mut Vec<String>) -> Result<Wrap> {
    let (text, _) = text_of(file)?;
    let bad = |message: String, offset: usize| {
        Error::new(ErrorKind::Source, message)
            .at(Location::in_text(&*file.path, text, offset))
            .hint("metadata.toml holds run_in_transaction = true or false")
    };
    let table: toml::Table = toml::from_str(text).map_err(|e| {
        bad(format!("this is not TOML: {}", e.message()), e.span().map_or(0, |span| span.start))
    })?;
    match table.get("run_in_transaction") {
        Some(toml::Value::Boolean(true)) => Ok(Wrap::Transaction),
        Some(toml::Value::Boolean(false)) => Ok(Wrap::None),
        Some(other) => Err(bad(
            format!("run_in_transaction is a {}, not true or false", other.type_str()),
            text.find("run_in_transaction").unwrap_or(0),
        )),
        None => {
            notes.push(
                "metadata.toml does not say run_in_transaction, which diesel takes for false".to_owned(),
            );
            Ok(Wrap::None)
        }
    }
}
