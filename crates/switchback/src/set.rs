//! A set of migrations: a directory on disk, or one that `embed!` compiled in.

use crate::context::Context;
use std::path::PathBuf;
use std::sync::Arc;
use switchback_plan::Result;
use switchback_plan::source::SourceFile;

/// A directory compiled into the binary by [`embed!`](crate::embed).
#[derive(Debug, Clone, Copy)]
pub struct EmbeddedSet {
    /// The name of the directory's last part.
    pub name: &'static str,
    /// Path (relative, `/` between parts) and content of every file, sorted by path.
    pub files: &'static [(&'static str, &'static str)],
    /// The Rust functions.
    pub rust: &'static [RustMigration],
}

/// One side of a Rust migration.
pub type RustFn = fn(&mut Context<'_>) -> Result<()>;

/// The functions of one `migration.rs`.
#[derive(Debug, Clone, Copy)]
pub struct RustMigration {
    /// The path of its `migration.rs`, relative to the set's directory.
    pub file: &'static str,
    /// The way up.
    pub up: RustFn,
    /// The way back; `None` where the migration is irreversible.
    pub down: Option<RustFn>,
}

/// Where migrations come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Compiled in.
    Embedded(EmbeddedSet),
    /// Read from a directory. Its Rust migrations cannot run, for nothing was compiled.
    Directory(PathBuf),
    /// Files in memory: a directory as it will be once something is written, or the beginning of one.
    Files(Files),
}

impl Source {
    /// All of it in memory, for every engine.
    ///
    /// # Errors
    /// When a directory cannot be read.
    pub fn files(&self) -> Result<Files> {
        Ok(match self {
            Source::Embedded(set) => Files {
                name: set.name.to_owned(),
                files: set.files.iter().map(|(path, text)| SourceFile::embedded(path, text)).collect(),
                rust: set.rust,
            },
            Source::Directory(dir) => Files {
                name: crate::migrator::folder_name(dir),
                files: crate::files::read_dir(dir)?.into(),
                rust: &[],
            },
            Source::Files(files) => files.clone(),
        })
    }
}

/// A directory in memory.
#[derive(Debug, Clone)]
pub struct Files {
    /// What it is called.
    pub name: String,
    /// Its files, sorted by path.
    pub files: Arc<[SourceFile]>,
    /// The functions of its Rust migrations, where they were compiled.
    pub rust: &'static [RustMigration],
}

impl From<EmbeddedSet> for Source {
    fn from(set: EmbeddedSet) -> Source {
        Source::Embedded(set)
    }
}

impl From<PathBuf> for Source {
    fn from(dir: PathBuf) -> Source {
        Source::Directory(dir)
    }
}
