//! Whether a backup is what it was: its files by size and digest, then its content, restored and read.

use super::manifest::{Form, Manifest, tables};
use super::{crypt, folder, list, postgres, read, sqlite};
use crate::connect::{DatabaseUrl, PgTarget, process_environment};
use crate::db::Database;
use crate::event::{Event, Observer};
use crate::migrator::Connected;
use crate::options::Options;
use crate::scratch::{self, Scratch};
use std::path::{Path, PathBuf};
use switchback_plan::{Dialect, Error, ErrorKind, Result};

/// Holds the files of a backup against its manifest.
///
/// # Errors
/// What is missing, other, or damaged, by name.
pub fn files(path: &Path) -> Result<Manifest> {
    let manifest = listed(path)?;
    digests(path, &manifest)?;
    Ok(manifest)
}

/// The manifest of a backup whose files are all there. They are not read.
///
/// # Errors
/// What is missing, or another backup's, by name.
pub(crate) fn listed(path: &Path) -> Result<Manifest> {
    let manifest = Manifest::read(path)?;
    let moment = manifest.taken_at.get(..19).unwrap_or_default().replace(':', "-");
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (head, reason) = (manifest.head.as_ref(), manifest.reason);
    // Somebody's own name is fine; a name of ours with another moment or head is another backup's.
    if looks_ours(&name) && !name.starts_with(&list::name(&format!("{moment}Z"), head, reason)) {
        return Err(other(
            path,
            &format!("its manifest is that of {}", list::name(&format!("{moment}Z"), head, reason)),
        ));
    }
    let there = folder::files(path)?;
    for said in &manifest.files {
        if !there.contains(&PathBuf::from(&said.path)) {
            return Err(other(path, &format!("{} is missing", said.path)));
        }
    }
    let said = |file: &Path| manifest.files.iter().any(|said| Path::new(&said.path) == file);
    if let Some(extra) = there.iter().find(|file| !said(file)) {
        return Err(other(path, &format!("{} was not there", extra.display())));
    }
    Ok(manifest)
}

/// Reads the files of a backup, and holds their digests against its manifest.
///
/// # Errors
/// What is other, by name.
pub(crate) fn digests(path: &Path, manifest: &Manifest) -> Result<()> {
    for is in folder::digests(path)? {
        match manifest.files.iter().find(|said| said.path == is.path) {
            Some(said) if said.bytes != is.bytes => {
                let (file, now, then) = (&is.path, is.bytes, said.bytes);
                return Err(other(path, &format!("{file} has {now} bytes and had {then}")));
            }
            Some(said) if said.sha256 != is.sha256 => {
                return Err(other(path, &format!("{} has another SHA-256 than it had", is.path)));
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}

/// Restores a backup into a throwaway database, and compares what is in it with what the manifest says.
///
/// # Errors
/// As [`files`]; a copy that cannot be restored, or whose schema or rows are others.
pub fn restored(
    path: &Path,
    options: &Options,
    on: &scratch::Options,
    observer: &mut dyn Observer,
) -> Result<Manifest> {
    let manifest = files(path)?;
    if manifest.form == Form::Sqlite {
        let opened = crypt::open(path, &manifest, options)?;
        // As good as restored: what is read here is every page that would be copied.
        let data = opened.data().join(sqlite::DATA);
        sqlite::sound(&data, &options.interrupt)?;
        let mut copy = Database::Sqlite(Box::new(sqlite::open(&data, &options.interrupt)?));
        compare(path, &manifest, &mut copy, observer)?;
        return Ok(manifest);
    }
    let scratch = filled(path, &manifest, options, on, observer)?;
    let target = PgTarget::parse(scratch.url())?.with_environment(&process_environment)?;
    let mut copy = postgres::session(&target, &in_schema(options, &manifest))?;
    compare(path, &manifest, &mut copy, observer)?;
    Ok(manifest)
}

/// A throwaway database with what is in a backup.
pub(crate) fn filled(
    path: &Path,
    manifest: &Manifest,
    options: &Options,
    on: &scratch::Options,
    observer: &mut dyn Observer,
) -> Result<Scratch> {
    let opened = crypt::open(path, manifest, options)?;
    if manifest.form == Form::Sqlite {
        let none = scratch::Options { setup: None, ..on.clone() };
        let scratch = Scratch::open(Dialect::Sqlite, &none)?;
        let to = scratch.url().trim_start_matches("sqlite:");
        folder::needs_room(Path::new(to), manifest.bytes(), "a throwaway copy")
            .map_err(|e| e.hint("make room, or set TMPDIR to a folder on a larger disk"))?;
        std::fs::copy(opened.data().join(sqlite::DATA), to)
            .map_err(|e| super::failed(format!("the backup cannot be copied to {to}"), &e))?;
        return Ok(scratch);
    }
    let (scratch, target) = throwaway(manifest, on)?;
    postgres::load(opened.data(), manifest, &target, options, observer)?;
    Ok(scratch)
}

/// A session in which the names of a restored database are said as they were in the backup, where that takes one of its
/// own.
pub(crate) fn session(manifest: &Manifest, connected: &Connected) -> Result<Option<Database>> {
    let options = in_schema(&connected.options, manifest);
    match &connected.url {
        Some(DatabaseUrl::Postgres(target)) => postgres::session(target, &options).map(Some),
        Some(DatabaseUrl::Sqlite(_)) | None => Ok(None),
    }
}

/// An empty database of the backup's version, with the roles that its objects belong to.
fn throwaway(manifest: &Manifest, on: &scratch::Options) -> Result<(Scratch, PgTarget)> {
    let mut roles = on.roles.clone();
    roles.extend(manifest.roles.iter().filter(|role| role.as_str() != "postgres").cloned());
    let on = scratch::Options {
        roles,
        // All of it comes with the backup.
        extensions: Vec::new(),
        setup: None,
        pg_major: on.pg_major.or(manifest.major()),
        ..on.clone()
    };
    let scratch = Scratch::open(Dialect::Postgres, &on)?;
    let target = PgTarget::parse(scratch.url())?.with_environment(&process_environment)?;
    Ok((scratch, target))
}

/// The options of a session whose names are said as they were in the backup.
pub(crate) fn in_schema(options: &Options, manifest: &Manifest) -> Options {
    Options { schema: manifest.history_schema.clone(), ..options.clone() }
}

/// Compares schema and rows of a restored copy with what the manifest says.
pub(crate) fn compare(
    path: &Path,
    manifest: &Manifest,
    copy: &mut Database,
    observer: &mut dyn Observer,
) -> Result<()> {
    let total = manifest.rows();
    let mut done = 0;
    let (schema, content) = read(copy, &mut |_, rows| {
        done += rows;
        let what = "comparing the rows";
        observer.event(&Event::Work { what, done, total: Some(total.max(done)), unit: "rows" });
    })?;
    if schema.structure != manifest.schema {
        return Err(other(path, "its schema has another fingerprint"));
    }
    let is = tables(&content);
    for said in &manifest.tables {
        match is.iter().find(|t| t.table == said.table) {
            None => return Err(other(path, &format!("the table {} is missing", said.table))),
            Some(is) if is.rows != said.rows => {
                let (now, then) = (is.rows, said.rows);
                return Err(other(path, &format!("the table {} has {now} rows and had {then}", said.table)));
            }
            Some(is) if is.digest != said.digest => {
                return Err(other(
                    path,
                    &format!("rows of the table {} are others than they were", said.table),
                ));
            }
            Some(_) => {}
        }
    }
    if let Some(extra) = is.iter().find(|t| !manifest.tables.iter().any(|said| said.table == t.table)) {
        return Err(other(path, &format!("the table {} was not there", extra.table)));
    }
    match manifest.counters.iter().find(|(name, at)| content.sequences.get(*name) != Some(at)) {
        Some((name, _)) => Err(other(path, &format!("the counter {name} stands elsewhere than it did"))),
        None => Ok(()),
    }
}

fn looks_ours(name: &str) -> bool {
    name.as_bytes().first().is_some_and(u8::is_ascii_digit) && name.contains("Z_") && name.contains('T')
}

fn other(path: &Path, what: &str) -> Error {
    Error::new(ErrorKind::Backup, format!("the backup {} is not what it was: {what}", path.display()))
        .hint("do not restore from it; take an earlier one (`backup --list`)")
}
