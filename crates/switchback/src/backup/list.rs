//! The backups of a database that lie in a folder.

use super::failed;
use super::manifest::{FILE, Head, Manifest, Reason};
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};
use switchback_plan::{Error, ErrorKind, Result};

/// A backup in a folder of backups.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// Its folder.
    pub path: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
}

/// `2026-11-22T05-30-00Z_V5`, and why where nobody asked for it.
pub(super) fn name(moment: &str, head: Option<&Head>, reason: Reason) -> String {
    let head = head.map_or_else(|| "empty".to_owned(), |h| format!("V{}", h.version));
    match reason {
        Reason::Asked => format!("{moment}_{head}"),
        Reason::BeforeUp => format!("{moment}_{head}_before_up"),
        Reason::BeforeRestore => format!("{moment}_{head}_before_restore"),
    }
}

/// The backups in a folder, oldest first; none where there is no such folder.
///
/// # Errors
/// A folder that cannot be read. What is in it and cannot be read is left out: `verify` names it.
pub fn list(dir: &Path) -> Result<Vec<Listed>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed(format!("{} cannot be read", dir.display()), &e)),
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join(FILE).is_file() && !path.to_string_lossy().ends_with(".part"))
        .collect();
    paths.sort();
    let mut all: Vec<Listed> = paths
        .into_iter()
        .filter_map(|path| match Manifest::read(&path) {
            Ok(manifest) => Some(Listed { path, manifest }),
            Err(e) => {
                tracing::warn!("{e}");
                None
            }
        })
        .collect();
    all.sort_by(|a, b| (&a.manifest.taken_at, &a.path).cmp(&(&b.manifest.taken_at, &b.path)));
    Ok(all)
}

/// The newest backup of that database that is meant when none is named: not what was kept of a state that somebody
/// went back from.
///
/// # Errors
/// There is none.
pub fn newest(dir: &Path, database: &str) -> Result<Listed> {
    let mut all = list(dir)?;
    all.retain(|b| b.manifest.database == database && b.manifest.reason != Reason::BeforeRestore);
    all.pop().ok_or_else(|| {
        Error::new(ErrorKind::Backup, format!("there is no backup of {database} in {}", dir.display()))
            .hint("make one with `backup`, or name the folder of one")
    })
}

/// Removes the oldest backups of that database that were made for that reason, but for `keep` of them, at least one.
/// Returns what was removed.
///
/// # Errors
/// A folder that cannot be removed.
pub fn forget(dir: &Path, database: &str, reason: Reason, keep: usize) -> Result<Vec<PathBuf>> {
    let mut removed = Vec::new();
    let mut all = list(dir)?;
    all.retain(|b| b.manifest.database == database && b.manifest.reason == reason);
    for old in &all[..all.len().saturating_sub(keep.max(1))] {
        // Under another name first, so that half of one is never taken for a backup.
        let gone = old.path.with_extension("part");
        fs::rename(&old.path, &gone)
            .and_then(|()| fs::remove_dir_all(&gone))
            .map_err(|e| failed(format!("{} cannot be removed", old.path.display()), &e))?;
        removed.push(old.path.clone());
    }
    Ok(removed)
}
