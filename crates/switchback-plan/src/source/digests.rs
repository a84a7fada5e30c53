//! The digests of all files of a migration.

use super::names::{self, Place};
use super::{SourceFile, text_of};
use crate::digest;
use crate::error::Result;
use std::collections::BTreeMap;

/// The digests of the files that belong to each migration: by the migration's path (its folder, or its flat up file),
/// then by the file's name. `.rs` files by their tokens, all others as text with line endings normalised.
///
/// # Errors
/// A file that is not what the format asks for.
pub fn digests(files: &[SourceFile]) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
    let mut migrations: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for file in files {
        let migration = match names::place(&file.path)? {
            Place::Ignored => continue,
            Place::Folder { folder, .. } => folder.to_owned(),
            Place::Flat { down: false, .. } => file.path.to_string(),
            Place::Flat { down: true, .. } => {
                file.path.strip_suffix(".down.sql").map(|stem| format!("{stem}.sql")).unwrap_or_default()
            }
        };
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        let text = text_of(file)?;
        let sha256 = match name.ends_with(".rs").then(|| digest::of_rust(text)) {
            Some(Ok(tokens)) => tokens,
            // What does not parse as Rust is refused elsewhere, with its place.
            Some(Err(_)) | None => digest::of_text(text),
        };
        migrations.entry(migration).or_default().insert(name.to_owned(), sha256);
    }
    Ok(migrations)
}
