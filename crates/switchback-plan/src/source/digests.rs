//! The files of each migration, with their digests.

use super::names::{self, Label, Place};
use super::{SourceFile, source_error, text_of};
use crate::digest;
use crate::error::Result;
use crate::lock::Sources;
use crate::model::Dialect;
use std::collections::BTreeMap;

/// The files that belong to each migration, whether it is sealed or not, sorted by version. `.rs` files are digested by
/// their tokens, all others as text with line endings normalised.
///
/// # Errors
/// A file that is not what the format asks for, or two migrations of one number.
pub fn sources(files: &[SourceFile]) -> Result<Vec<Sources>> {
    let mut migrations: BTreeMap<(i64, String), Sources> = BTreeMap::new();
    for file in files {
        let Some((label, path)) = migration_of(&file.path)? else { continue };
        let version: i64 = label.digits.parse().map_err(|_| {
            source_error(&*file.path, format!("version {} is beyond what can be counted", label.digits))
        })?;
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        let text = text_of(file)?;
        let sha256 = match name.ends_with(".rs").then(|| digest::of_rust(text)) {
            Some(Ok(tokens)) => tokens,
            // What does not parse as Rust is refused elsewhere, with its place.
            Some(Err(_)) | None => digest::of_text(text),
        };
        migrations
            .entry((version, path))
            .or_insert_with_key(|(version, path)| Sources {
                version: *version,
                name: label.name.to_owned(),
                path: path.clone(),
                digests: BTreeMap::new(),
            })
            .digests
            .insert(name.to_owned(), sha256);
    }
    let migrations: Vec<Sources> = migrations.into_values().collect();
    for pair in migrations.windows(2) {
        if pair[0].version == pair[1].version {
            return Err(super::twice(pair[0].version, &pair[0].path, &pair[1].path));
        }
    }
    Ok(migrations)
}

/// The migration that a file belongs to: its label, and its folder or flat up file.
fn migration_of(path: &str) -> Result<Option<(Label<'_>, String)>> {
    Ok(match names::place(path)? {
        Place::Ignored => None,
        Place::Folder { folder, .. } => names::folder_label(folder).map(|label| (label, folder.to_owned())),
        Place::Flat { label, down: false } => Some((label, path.to_owned())),
        Place::Flat { label, down: true } => {
            path.strip_suffix(".down.sql").map(|stem| (label, format!("{stem}.sql")))
        }
    })
}

/// The files of the migrations up to and including that version, with what belongs to none.
///
/// # Errors
/// As [`sources`].
pub fn up_to(files: &[SourceFile], version: i64) -> Result<Vec<SourceFile>> {
    let mut kept = Vec::new();
    for file in files {
        let belongs = migration_of(&file.path)?;
        if belongs.is_none_or(|(label, _)| label.digits.parse::<i64>().is_ok_and(|v| v <= version)) {
            kept.push(file.clone());
        }
    }
    Ok(kept)
}

/// The engines that files are for: those for which every migration has SQL, Rust or operations. Refinery's layout has no
/// names for engines, so its SQL is for `hint` alone, where one is given.
///
/// # Errors
/// As [`sources`].
pub fn engines(files: &[SourceFile], hint: Option<Dialect>) -> Result<Vec<Dialect>> {
    let all = sources(files)?;
    let serves = |dialect: Dialect, migration: &Sources| {
        let has = |name: &str| migration.digests.contains_key(name);
        let own = |d: Dialect| has(&format!("up.{}.sql", d.as_str()));
        match migration.path.ends_with(".sql") {
            true => hint.is_none_or(|hint| hint == dialect),
            false => {
                let operations = has("migration.toml") && !Dialect::ALL.into_iter().any(own);
                has("up.sql") || has("migration.rs") || own(dialect) || operations
            }
        }
    };
    Ok(Dialect::ALL.into_iter().filter(|d| all.iter().all(|m| serves(*d, m))).collect())
}
