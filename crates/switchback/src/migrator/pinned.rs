//! The backup that a saved plan goes back to: its manifest, which has the digests of all its files, is a file of the plan.

use super::saved::again;
use crate::backup;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use switchback_plan::saved::{Action, SavedPlan};
use switchback_plan::{Error, ErrorKind, Result, digest};

/// The plan with the digest of the manifest of the backup that it goes back to, which has those of all its files.
///
/// # Errors
/// [`ErrorKind::Backup`]: the folder holds no manifest that can be read.
pub fn pin_backup(mut saved: SavedPlan, backup: &Path) -> Result<SavedPlan> {
    let name = name_of(backup);
    let Some(found) = digest_at(&name) else {
        let what = format!("{} is no backup: its {} cannot be read", backup.display(), backup::FILE);
        return Err(Error::new(ErrorKind::Backup, what)
            .hint("name the folder of a backup; `backup --list` shows them"));
    };
    saved.files.insert(name, found);
    Ok(saved.sealed())
}

/// Holds the plan against the backup that it goes back to.
///
/// # Errors
/// [`ErrorKind::Plan`]: it names none in that folder, or there is another one now.
pub fn hold_backup(saved: &SavedPlan, backup: &Path) -> Result<()> {
    if !saved.files.contains_key(&name_of(backup)) {
        return Err(again(format!("the plan does not say what the backup {} holds", backup.display())));
    }
    must_be_those(saved)
}

/// The manifests of the plan as they are now; one that is missing is left out.
pub(super) fn manifests(saved: &SavedPlan) -> BTreeMap<String, String> {
    names(saved).filter_map(|name| Some((name.clone(), digest_at(name)?))).collect()
}

/// All manifests of the plan are as they were.
pub(super) fn must_be_those(saved: &SavedPlan) -> Result<()> {
    let found = manifests(saved);
    let mut files = saved.files.clone();
    files.retain(|name, _| found.contains_key(name) || !names(saved).any(|n| n == name));
    files.extend(found);
    match saved.differences(&SavedPlan { files, ..saved.clone() }, false) {
        found if found.is_empty() => Ok(()),
        found => {
            let named: Vec<&str> = found.iter().map(|d| d.object.as_str()).collect();
            let what = format!("the backup is not the one of the plan any more: {} moved", named.join(", "));
            Err(again(what).differing(found))
        }
    }
}

fn names(saved: &SavedPlan) -> impl Iterator<Item = &String> {
    let back = matches!(saved.action, Action::Restore | Action::Rollback);
    let is_one = |name: &&String| Path::new(name).file_name().is_some_and(|file| file == backup::FILE);
    saved.files.keys().filter(move |_| back).filter(is_one)
}

fn name_of(backup: &Path) -> String {
    backup.join(backup::FILE).display().to_string()
}

fn digest_at(name: &str) -> Option<String> {
    fs::read(name).ok().map(|bytes| digest::of_bytes(&bytes))
}
