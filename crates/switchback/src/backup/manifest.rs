//! What a backup says of itself: enough to know whose it is, and whether it is whole, before anything is restored.

use super::failed;
use crate::content::Content;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use switchback_plan::{Error, ErrorKind, Location, Result};

/// The name of the file, beside the data.
pub const FILE: &str = "manifest.json";

/// The form that this version writes.
pub(super) const FORMAT: u32 = 1;

/// Beside each backup, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// 1.
    pub format: u32,
    /// The database's name.
    pub database: String,
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// Why it was made.
    pub reason: Reason,
    /// How the data lies beside it.
    pub form: Form,
    /// The engine's version.
    pub server: String,
    /// What made it: name and version.
    pub tool: String,
    /// The tool of the engine that wrote the data: name and version.
    pub writer: String,
    /// When, in UTC.
    pub taken_at: String,
    /// Which database it is, wherever it lies: the hash of the first row of its journal, where it has one.
    pub identity: Option<String>,
    /// Where the journal ended.
    pub journal: Option<JournalEnd>,
    /// The newest migration that was applied.
    pub head: Option<Head>,
    /// Whether a migration was half-done.
    pub half_done: bool,
    /// PostgreSQL: the schema that holds the history.
    pub history_schema: Option<String>,
    /// PostgreSQL: the roles that own something in it or have rights on it.
    pub roles: Vec<String>,
    /// The fingerprint of the schema's structure.
    pub schema: String,
    /// How its files are encrypted; not at all where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
    /// The files of the backup.
    pub files: Vec<DataFile>,
    /// Every table but those that keep the history.
    pub tables: Vec<TableContent>,
    /// Sequences, and the counters of AUTOINCREMENT, as far as they stood still while it was made.
    pub counters: BTreeMap<String, String>,
}

/// Why a backup was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Somebody asked for it.
    Asked,
    /// Migrations were about to be applied.
    BeforeUp,
    /// Another backup was about to be restored.
    BeforeRestore,
}

/// How the data of a backup lies beside its manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A SQLite database.
    #[default]
    Sqlite,
    /// What `pg_dump` writes in its directory format.
    PgDump,
    /// The same, each file but its list of contents compressed with zstd.
    PgDumpZstd,
    /// The schema's statements, and a file of COPY for each table.
    Copy,
}

/// The newest row of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEnd {
    /// Its number.
    pub id: i64,
    /// Its hash.
    pub hash: String,
}

/// A migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
}

/// How the files of a backup are encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encryption {
    /// `age`.
    pub format: String,
    /// The public keys of those who can read it.
    pub recipients: Vec<String>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    /// Relative to the manifest.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// `sha256:…`.
    pub sha256: String,
}

/// The content of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableContent {
    /// As people write it.
    pub table: String,
    /// How many rows.
    pub rows: u64,
    /// Over all rows, whatever their order.
    pub digest: String,
}

impl Manifest {
    /// The manifest of the backup in that folder.
    ///
    /// # Errors
    /// A folder without one, or one that cannot be read.
    pub fn read(backup: &Path) -> Result<Manifest> {
        let file = backup.join(FILE);
        let text = fs::read_to_string(&file).map_err(|e| {
            failed(format!("{} is no backup: its {FILE} cannot be read", backup.display()), &e)
                .hint("name the folder of a backup; `backup --list` shows them")
        })?;
        Manifest::parse(&file.display().to_string(), &text)
    }

    /// Reads the text of one; `file` is how messages call it.
    ///
    /// # Errors
    /// Text that is no manifest, or one of a newer form.
    pub fn parse(file: &str, text: &str) -> Result<Manifest> {
        let bad = |message: String| Error::new(ErrorKind::Backup, message).at(Location::file(file));
        /// Read first: a newer form may have other fields.
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let read = |e: serde_json::Error| {
            bad(format!("the manifest cannot be read: {e}"))
                .hint("do not restore from it; take an earlier one")
        };
        let Form { format } = serde_json::from_str(text).map_err(read)?;
        if format != FORMAT {
            return Err(bad(format!("the manifest has the form {format}, and {FORMAT} is known"))
                .hint("use the version of switchback that made the backup, or a newer one"));
        }
        serde_json::from_str(text).map_err(read)
    }

    /// `V5__split_names`, or that nothing was applied.
    pub fn head_label(&self) -> String {
        match &self.head {
            Some(head) => format!("V{}__{}", head.version, head.name),
            None => "no migration".to_owned(),
        }
    }

    /// PostgreSQL: the server's major version.
    pub(crate) fn major(&self) -> Option<u32> {
        self.server.strip_prefix("PostgreSQL ")?.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|t| t.rows).sum()
    }

    /// The size of all files, in bytes.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|f| f.bytes).sum()
    }
}

/// What is said of each table.
pub(crate) fn tables(content: &Content) -> Vec<TableContent> {
    let table = |(name, table): (&String, &crate::content::Table)| TableContent {
        table: name.clone(),
        rows: table.rows,
        digest: table.digest.clone(),
    };
    content.tables.iter().map(table).collect()
}
