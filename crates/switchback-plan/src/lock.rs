//! `switchback.lock`: what was sealed. Written by `seal`, read by `seal --check` and by whatever looks for drift.
//!
//! TOML, one block a migration, so that two branches that add migrations conflict in Git rather than at night.

mod check;

pub use check::{Fault, SealProblem, Sources};

use crate::error::{Error, ErrorKind, Location, Result};
use crate::model::Dialect;
use crate::schema::Schema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of the file, in the directory of the migrations.
pub const FILE: &str = "switchback.lock";

/// The format that this version writes.
const FORMAT: u32 = 1;

const HEAD: &str = "# Written by `switchback seal`, and to be committed. Do not edit it: run `seal` again.\n";

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockFile {
    /// Sorted by version.
    pub migrations: Vec<Locked>,
}

/// A sealed migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// The digest of each of its files.
    pub sources: BTreeMap<String, String>,
    /// What was found on SQLite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqlite: Option<Sealed>,
    /// What was found on PostgreSQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postgres: Option<Sealed>,
}

/// What a proof found on one engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// `exact`, `column-order`, `lossy`, `irreversible`, `no-down` or `unproven`.
    pub verdict: String,
    /// The fingerprint of the structure after the migration.
    pub structure: String,
    /// The fingerprint of owners and grants, where the migrations manage any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<String>,
    /// Schemas besides the current one that the migrations have made something in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schemas: Vec<String>,
    /// What the migrations have made that is in no schema: `extension citext`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<String>,
    /// The fingerprint of the texts, for each major version of the server that it was sealed on.
    pub texts: BTreeMap<String, String>,
}

impl Sealed {
    /// What is recorded of a schema on a server of that major version.
    pub fn new(verdict: &str, schema: &Schema, major: &str) -> Sealed {
        let fingerprint = schema.fingerprint();
        Sealed {
            verdict: verdict.to_owned(),
            structure: fingerprint.structure,
            access: fingerprint.access,
            schemas: schema.others(),
            shared: schema.shared(),
            texts: BTreeMap::from([(major.to_owned(), fingerprint.texts)]),
        }
    }
}

impl Locked {
    /// What was found on that engine.
    pub fn on(&self, dialect: Dialect) -> Option<&Sealed> {
        match dialect {
            Dialect::Sqlite => self.sqlite.as_ref(),
            Dialect::Postgres => self.postgres.as_ref(),
        }
    }

    /// The same, to be changed.
    pub fn on_mut(&mut self, dialect: Dialect) -> &mut Option<Sealed> {
        match dialect {
            Dialect::Sqlite => &mut self.sqlite,
            Dialect::Postgres => &mut self.postgres,
        }
    }

    /// `V0003__name`, as in messages.
    pub fn label(&self) -> String {
        format!("V{}__{}", self.version, self.name)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    #[serde(default, rename = "migration", skip_serializing_if = "Vec::is_empty")]
    migrations: Vec<Locked>,
}

impl LockFile {
    /// Reads the file; `path` is what messages call it.
    ///
    /// # Errors
    /// [`ErrorKind::Source`] with the place of what is no lock file: a conflict that Git left in it, above all.
    pub fn parse(path: &str, text: &str) -> Result<LockFile> {
        let failed = |offset: usize, message: String| {
            Error::new(ErrorKind::Source, message).at(Location::in_text(path, text, offset))
        };
        if let Some(offset) = conflict(text) {
            return Err(failed(offset, "the lock file holds a conflict that Git could not resolve".to_owned())
                .hint("two branches added migrations: give one of them the next free number, take either side of this file, and run `seal`"));
        }
        let file: File = toml::from_str(text).map_err(|e| {
            failed(e.span().unwrap_or_default().start, e.message().lines().collect::<Vec<_>>().join(", "))
                .hint(
                    "this file is written by `seal` alone: restore it from Git, or delete it and run `seal`",
                )
        })?;
        if file.format != FORMAT {
            return Err(failed(0, format!("the lock file has format {}, not {FORMAT}", file.format))
                .hint("seal with the version of switchback that wrote it, or with a newer one"));
        }
        let mut migrations = file.migrations;
        migrations.sort_by_key(|m| m.version);
        if let Some(pair) = migrations.windows(2).find(|pair| pair[0].version == pair[1].version) {
            return Err(failed(0, format!("version {} is in the lock file twice", pair[0].version))
                .hint("two branches added the same number: give one of the migrations the next free one, and run `seal`"));
        }
        Ok(LockFile { migrations })
    }

    /// The text of the file.
    ///
    /// # Errors
    /// None that these types can cause.
    pub fn render(&self) -> Result<String> {
        let file = File { format: FORMAT, migrations: self.migrations.clone() };
        let body = toml::to_string(&file)
            .map_err(|e| Error::new(ErrorKind::Io, format!("the lock file cannot be written: {e}")))?;
        Ok(format!("{HEAD}{body}"))
    }

    /// The block of that version.
    pub fn get(&self, version: i64) -> Option<&Locked> {
        self.migrations.iter().find(|m| m.version == version)
    }
}

/// Where Git's marker of a conflict stands.
fn conflict(text: &str) -> Option<usize> {
    let marker = |line: &str| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if marker(line) {
            return Some(offset);
        }
        offset += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(major: &str) -> Sealed {
        Sealed {
            structure: "sha256:5".to_owned(),
            texts: BTreeMap::from([(major.to_owned(), "sha256:7".to_owned())]),
            ..Sealed::new("exact", &Schema::empty(Dialect::Postgres), major)
        }
    }

    fn file() -> LockFile {
        LockFile {
            migrations: vec![
                Locked {
                    version: 1,
                    name: "create_users".to_owned(),
                    sources: BTreeMap::from([
                        ("down.sql".to_owned(), "sha256:1".to_owned()),
                        ("up.sql".to_owned(), "sha256:2".to_owned()),
                    ]),
                    sqlite: Some(sealed("3")),
                    postgres: Some(sealed("15")),
                },
                Locked {
                    version: 2,
                    name: "tags".to_owned(),
                    sources: BTreeMap::new(),
                    sqlite: None,
                    postgres: Some(Sealed { schemas: vec!["audit".to_owned()], ..sealed("18") }),
                },
            ],
        }
    }

    #[test]
    fn the_file_has_one_block_a_migration_and_reads_back() {
        let text = file().render().unwrap();
        insta::assert_snapshot!(text);
        assert_eq!(LockFile::parse("switchback.lock", &text).unwrap(), file());
    }

    #[test]
    fn a_lock_file_that_cannot_be_read_says_what_to_do() {
        let two = "format = 1\n[[migration]]\nversion = 1\nname = \"a\"\n[migration.sources]\n".to_owned()
            + "[[migration]]\nversion = 1\nname = \"b\"\n[migration.sources]\n";
        let conflict = "format = 1\n<<<<<<< HEAD\n=======\n>>>>>>> other\n";
        for text in [&*two, conflict, "format = 9\n", "format = 1\nnonsense = 2\n"] {
            insta::assert_snapshot!(LockFile::parse("app/switchback.lock", text).unwrap_err());
        }
    }
}
