//! Reading a directory of migrations: the files as plain data in, a [`MigrationSet`] out.
//!
//! Strict: whatever is not understood is an error with file and line, never a silent skip.

mod benchmark;
mod digests;
mod directive;
mod duration;
mod flat;
mod folder;
mod names;
mod rust;
mod script;
mod settings;
#[cfg(test)]
mod tests;

pub use digests::{engines, sources, up_to};

use crate::error::{Error, ErrorKind, Location, Result};
use crate::model::{Dialect, Migration, MigrationSet};
use names::Place;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A file of the directory.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Relative to the directory, `/` between parts. An empty folder is a path that ends with `/`.
    pub path: Cow<'static, str>,
    /// The bytes; only those of `.sql`, `.toml` and `.rs` files are looked at.
    pub content: Cow<'static, [u8]>,
}

impl SourceFile {
    /// A file that was read.
    pub fn new(path: impl Into<String>, content: impl Into<Vec<u8>>) -> SourceFile {
        SourceFile { path: Cow::Owned(path.into()), content: Cow::Owned(content.into()) }
    }

    /// A file that was compiled in; nothing is copied.
    pub const fn embedded(path: &'static str, content: &'static str) -> SourceFile {
        SourceFile { path: Cow::Borrowed(path), content: Cow::Borrowed(content.as_bytes()) }
    }
}

/// Reads the migrations of one dialect. `max_version` is what the history table can hold (`i32::MAX`, unless the
/// feature `int8-versions` is on); files of the other dialect are checked by name only.
///
/// # Errors
/// [`ErrorKind::Source`] for the first file, in the order of paths, that is not what the format asks for;
/// [`ErrorKind::Unsupported`] where a later version of switchback could read it.
pub fn parse(name: &str, dialect: Dialect, max_version: i64, files: &[SourceFile]) -> Result<MigrationSet> {
    read(name, Reader { dialect, max_version, unsealed: false, errors: Vec::new() }, files)
}

/// Reads the migrations of one dialect, also those whose operations are still to be compiled: what seal begins with, and
/// what a database is looked at with. Nothing but the plan of a run that would come to one of them refuses it.
///
/// # Errors
/// As [`parse`].
pub fn parse_unsealed(
    name: &str,
    dialect: Dialect,
    max_version: i64,
    files: &[SourceFile],
) -> Result<MigrationSet> {
    read(name, Reader { dialect, max_version, unsealed: true, errors: Vec::new() }, files)
}

fn read(name: &str, mut reader: Reader, files: &[SourceFile]) -> Result<MigrationSet> {
    let dialect = reader.dialect;
    let migrations = reader.read(files);
    let lock = files.iter().find(|f| f.path == crate::lock::FILE).map(text_of).transpose()?.map(Arc::from);
    match reader.first_error() {
        None => Ok(MigrationSet { name: name.to_owned(), dialect, migrations, lock }),
        Some(error) => Err(error),
    }
}

/// Reads one text that lies in no directory (a stored way down) as a side of a migration.
///
/// # Errors
/// As [`parse`], with `name` in the file's place.
pub fn parse_script(dialect: Dialect, name: &str, text: &str) -> Result<crate::model::Script> {
    let file = SourceFile::new(name, text.as_bytes());
    script::read(dialect, &file, script::Purpose::Side)
}

/// What reading a directory needs everywhere, and the errors found so far.
struct Reader {
    dialect: Dialect,
    max_version: i64,
    /// Operations without SQL are no error.
    unsealed: bool,
    errors: Vec<Error>,
}

impl Reader {
    fn read(&mut self, files: &[SourceFile]) -> Vec<Migration> {
        let mut folders: BTreeMap<&str, Vec<(names::FolderFile, &SourceFile)>> = BTreeMap::new();
        let mut ups = Vec::new();
        let mut downs = Vec::new();
        for file in files {
            match names::place(&file.path) {
                Ok(Place::Ignored) => {}
                Ok(Place::Folder { folder, role }) => folders.entry(folder).or_default().push((role, file)),
                Ok(Place::Flat { label, down: false }) => ups.push((label, file)),
                Ok(Place::Flat { label, down: true }) => downs.push((label, file)),
                Err(error) => self.errors.push(error),
            }
        }
        for (_, file) in ups.iter().chain(&downs) {
            if let Some((dir, _)) = file.path.rsplit_once('/')
                && folders.contains_key(dir)
            {
                self.errors.push(
                    source_error(
                        &*file.path,
                        "a migration of refinery's layout lies inside a migration's folder",
                    )
                    .hint("move it out, or make it a folder of its own"),
                );
            }
        }
        let mut migrations = Vec::with_capacity(folders.len() + ups.len());
        for (folder, files) in &folders {
            migrations.extend(folder::read(self, folder, files));
        }
        flat::read(self, &ups, &downs, &mut migrations);
        migrations.sort_by(|a, b| (a.version, &a.path).cmp(&(b.version, &b.path)));
        for pair in migrations.windows(2) {
            if pair[0].version == pair[1].version {
                self.errors.push(twice(pair[0].version, &pair[0].path, &pair[1].path));
            }
        }
        migrations
    }

    /// The version in a name, if the history can hold it.
    fn version(&self, digits: &str, path: &str) -> Result<i64> {
        match digits.parse::<i64>() {
            Ok(version) if version <= self.max_version => Ok(version),
            _ => {
                let error = source_error(
                    path,
                    format!(
                        "version {digits} is beyond {}, the highest that the history can hold",
                        self.max_version
                    ),
                );
                Err(if self.max_version <= i64::from(i32::MAX) {
                    error.hint(
                        "use a smaller number, or build with the feature `int8-versions` if the application's refinery has it on",
                    )
                } else {
                    error.hint("use a smaller number")
                })
            }
        }
    }

    fn first_error(mut self) -> Option<Error> {
        let place = |e: &Error| e.location().map(|l| (l.file.clone(), l.line));
        self.errors.sort_by_key(place);
        let more = self.errors.len().checked_sub(1)?;
        let first = self.errors.swap_remove(0);
        match more {
            0 => Some(first),
            1 => Some(first.more("one more problem in these files")),
            n => Some(first.more(&format!("{n} more problems in these files"))),
        }
    }
}

/// Two migrations of one number.
fn twice(version: i64, first: &str, second: &str) -> Error {
    source_error(second, format!("version {version} occurs twice: {first} has it too"))
        .hint("give one of the two the next free number")
}

/// An error about a file as a whole.
fn source_error(path: impl Into<String>, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Source, message).at(Location::file(path))
}

/// An error at a byte of a file.
fn source_error_at(path: &str, text: &str, offset: usize, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Source, message).at(Location::in_text(path, text, offset))
}

/// The text of a file: UTF-8 without a byte order mark.
fn text_of(file: &SourceFile) -> Result<&str> {
    let bytes = &*file.content;
    let at_line = |offset: usize, message: String| {
        let line = bytes[..offset].iter().filter(|b| **b == b'\n').count() + 1;
        Error::new(ErrorKind::Source, message).at(Location {
            file: file.path.to_string(),
            line: Some(line),
            column: None,
            source_line: None,
        })
    };
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(at_line(0, "the file is UTF-16, not UTF-8".to_owned())
            .hint("save it as UTF-8 without a byte order mark"));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let offset = e.valid_up_to();
        at_line(offset, format!("the byte 0x{:02x} is not valid UTF-8", bytes[offset]))
            .hint("save the file as UTF-8")
    })?;
    if text.starts_with('\u{feff}') {
        return Err(at_line(0, "the file begins with a byte order mark".to_owned())
            .hint("save it as UTF-8 without a byte order mark"));
    }
    if let Some(offset) = text.find('\0') {
        return Err(at_line(offset, "the file holds a NUL character, which no database accepts".to_owned())
            .hint("remove it"));
    }
    Ok(text)
}
