//! Reading the folders of other tools, and turning them into ours.
//!
//! Pure: files in, files out. Statement text is copied as it is; what has to differ (a transaction of the file's own,
//! a marker of the other tool) is changed as little as possible and said in a note. What cannot be carried over is
//! refused by name.

mod history;
mod layout;
mod name;
mod scan;
mod settle;
mod tools;

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use crate::{Dialect, Error, ErrorKind, Location, Result, source};

pub use history::{ForeignApplied, ForeignHistory, ForeignRow, HistoryQuery, adopt};
pub use name::normalise;

pub use crate::source::SourceFile;

/// The tools whose folders can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    /// Diesel's command line and `diesel_migrations`.
    Diesel,
    /// sqlx.
    Sqlx,
    /// golang-migrate.
    GolangMigrate,
    /// goose (pressly/goose).
    Goose,
    /// dbmate.
    Dbmate,
}

impl Tool {
    /// All of them.
    pub const ALL: [Tool; 5] = [Tool::Diesel, Tool::Sqlx, Tool::GolangMigrate, Tool::Goose, Tool::Dbmate];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Tool::Diesel => "diesel",
            Tool::Sqlx => "sqlx",
            Tool::GolangMigrate => "golang-migrate",
            Tool::Goose => "goose",
            Tool::Dbmate => "dbmate",
        }
    }

    /// Whether the content of the file at `path` (relative to the folder, `/` between parts) is wanted; the names of
    /// all other files are enough, so that whoever reads the folder need not open them.
    pub fn reads(self, path: &str) -> bool {
        path.ends_with(".sql") || (self == Tool::Diesel && path.ends_with("/metadata.toml"))
    }

    /// How deep below the folder the tool itself looks: 1 for files in the folder, 2 for files in folders in it.
    pub fn depth(self) -> usize {
        match self {
            Tool::Diesel => 2,
            Tool::Sqlx | Tool::GolangMigrate | Tool::Goose | Tool::Dbmate => 1,
        }
    }

    /// The table in which it keeps its history, unless it was told another one.
    pub fn history_table(self) -> &'static str {
        match self {
            Tool::Diesel => "__diesel_schema_migrations",
            Tool::Sqlx => "_sqlx_migrations",
            Tool::GolangMigrate | Tool::Dbmate => "schema_migrations",
            Tool::Goose => "goose_db_version",
        }
    }

    /// What its migrations look like, for hints.
    fn looks_like(self) -> &'static str {
        match self {
            Tool::Diesel => "diesel's migrations are folders named <version>_<name> with an up.sql",
            Tool::Sqlx => "sqlx's migrations are files named <version>_<description>.sql",
            Tool::GolangMigrate => "golang-migrate's migrations are files named <version>_<title>.up.sql",
            Tool::Goose => "goose's migrations are files named <version>_<name>.sql with a line -- +goose Up",
            Tool::Dbmate => {
                "dbmate's migrations are files named <version>_<name>.sql with a line -- migrate:up"
            }
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Tool {
    type Err = Error;

    fn from_str(name: &str) -> Result<Tool> {
        Tool::ALL.into_iter().find(|tool| tool.as_str() == name).ok_or_else(|| {
            Error::new(ErrorKind::Unsupported, format!("no import is known from {name:?}"))
                .hint("one of diesel, sqlx, golang-migrate, goose, dbmate")
        })
    }
}

/// A folder of the other tool, converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// Whose folder it was.
    pub tool: Tool,
    /// The engines that it is for, as far as reading tells: the one that was named, else those whose strict reader
    /// takes every file. At least one.
    pub engines: Vec<Dialect>,
    /// In the order of versions.
    pub migrations: Vec<Imported>,
    /// What the tool does not take for a migration either.
    pub ignored: Vec<Ignored>,
}

/// One migration in our layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The folder or file that it came from.
    pub source: String,
    /// The version as the other tool's history writes it.
    pub source_version: String,
    /// Ours: 1 to n, in the order in which the other tool applies them.
    pub version: i64,
    /// Ours, in snake case, unique within the conversion.
    pub name: String,
    /// Paths relative to the set's directory, and contents.
    pub files: Vec<(String, String)>,
    /// What is not as it was, one sentence each.
    pub notes: Vec<String>,
    /// Checksums that the other tool may have recorded (sqlx: SHA-384 of the file, also with the other line endings).
    pub checksums: Vec<Vec<u8>>,
}

/// A file that is no migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// Relative to the folder.
    pub path: String,
    /// Why, in a few words.
    pub why: &'static str,
}

/// Converts a folder. With a dialect the SQL is named after it (`up.postgres.sql`), without one it is for both
/// (`up.sql`). A path that ends with `/` is a folder that was not looked into. What comes out has been read back by
/// [`crate::source::parse`].
///
/// # Errors
/// Whatever the other tool would refuse (a duplicate version, a marker out of place), and what cannot be carried over:
/// Go migrations, substitution from the environment, text that is not UTF-8.
pub fn convert(tool: Tool, files: &[SourceFile], dialect: Option<Dialect>) -> Result<Conversion> {
    let mut files: Vec<&SourceFile> = files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let (found, ignored) = match tool {
        Tool::Diesel => tools::diesel::read(&files)?,
        Tool::Sqlx => tools::sqlx::read(&files)?,
        Tool::GolangMigrate => tools::golang_migrate::read(&files)?,
        Tool::Goose => tools::goose::read(&files, dialect)?,
        Tool::Dbmate => tools::dbmate::read(&files)?,
    };
    if found.is_empty() {
        return Err(Error::new(ErrorKind::Source, format!("no migration of {tool} was found"))
            .hint(tool.looks_like()));
    }
    let mut names = name::Names::default();
    let migrations: Vec<Imported> = (1..)
        .zip(found)
        .map(|(version, found)| {
            let name = names.unique(&found.title);
            layout::lay_out(tool, version, name, found, dialect)
        })
        .collect();
    let engines = read_back(tool, &migrations, dialect)?;
    Ok(Conversion { tool, engines, migrations, ignored })
}

/// The engines whose reader takes the result.
fn read_back(tool: Tool, migrations: &[Imported], dialect: Option<Dialect>) -> Result<Vec<Dialect>> {
    let files: Vec<SourceFile> = migrations
        .iter()
        .flat_map(|m| &m.files)
        .map(|(path, text)| SourceFile::new(path.as_str(), text.as_bytes()))
        .collect();
    let mut engines = Vec::new();
    let mut refused = None;
    for engine in dialect.map_or(Dialect::ALL.to_vec(), |d| vec![d]) {
        match source::parse(tool.as_str(), engine, i64::from(i32::MAX), &files) {
            Ok(_) => engines.push(engine),
            // With both refusing it, the last is PostgreSQL's.
            Err(error) => refused = Some(error),
        }
    }
    match refused {
        Some(error) if engines.is_empty() => {
            let folder = error.location().and_then(|l| l.file.split('/').next()).unwrap_or_default();
            let source = migrations.iter().find(|m| m.files.iter().any(|(path, _)| path.starts_with(folder)));
            let from = source.map_or(tool.as_str(), |m| &m.source);
            let message = format!("{from} cannot become a migration here: {}", error.message());
            let mut said = Error::new(error.kind(), message);
            if let Some(location) = error.location() {
                said = said.at(location.clone());
            }
            Err(match error.what_next() {
                Some(hint) => said.hint(format!("change it in {from} ({hint})")),
                None => said,
            })
        }
        _ => Ok(engines),
    }
}

/// A migration as a tool's reader found it, in the tool's own order.
struct Found {
    source: String,
    version: String,
    title: String,
    up: Option<Side>,
    down: Option<Side>,
    checksums: Vec<Vec<u8>>,
    notes: Vec<String>,
}

/// One direction. More than one part only where the tool has blocks that it commits one by one.
struct Side {
    parts: Vec<Part>,
}

impl Side {
    fn one(text: impl Into<String>, wrap: Wrap) -> Side {
        Side { parts: vec![Part { text: text.into(), wrap }] }
    }
}

struct Part {
    text: String,
    wrap: Wrap,
}

/// What the tool does about a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrap {
    /// It runs the text in a transaction.
    Transaction,
    /// It would, but the author asked for none.
    None,
    /// It just sends the text (golang-migrate on PostgreSQL).
    Sent,
}

/// The text of a file. A byte order mark is taken off, for our format refuses it; the bool says so.
fn text_of(file: &SourceFile) -> Result<(&str, bool)> {
    let text = std::str::from_utf8(&file.content).map_err(|e| {
        let valid = String::from_utf8_lossy(&file.content[..e.valid_up_to()]);
        Error::new(ErrorKind::Source, "this is not UTF-8")
            .at(Location::in_text(&*file.path, &valid, valid.len()))
            .hint("convert the file to UTF-8 and import again")
    })?;
    if let Some(nul) = text.find('\0') {
        return Err(Error::new(ErrorKind::Source, "there is a NUL byte in the text")
            .at(Location::in_text(&*file.path, text, nul))
            .hint(
                "no database takes it in SQL: remove it (UTF-16 has them everywhere; convert that to UTF-8)",
            ));
    }
    Ok(text.strip_prefix('\u{feff}').map_or((text, false), |rest| (rest, true)))
}

/// Said of a file whose byte order mark was taken off.
fn without_bom(file: &str) -> String {
    format!("{file}: the byte order mark is gone")
}

/// Two migrations of one version.
fn duplicate(tool: Tool, version: &str, first: &str, second: &str) -> Error {
    Error::new(ErrorKind::Source, format!("{first} has version {version} as well"))
        .at(Location::file(second))
        .hint(format!("{tool} cannot tell them apart in its history: remove or renumber one"))
}

/// The first ten, and how many more.
fn listed(all: &[&str]) -> String {
    const SHOWN: usize = 10;
    let mut out = all.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if all.len() > SHOWN {
        out.push_str(&format!(" and {} more", all.len() - SHOWN));
    }
    out
}
