//! Reads a directory into memory.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of the set.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// Relative to the set's directory, with `/` between parts.
    pub path: String,
    /// Where it lies.
    pub absolute: String,
    /// What is in it; empty where it is not `embedded`.
    pub content: String,
    /// Whether the migrator would look at it.
    pub embedded: bool,
}

/// Every file below `root`, sorted by path; or a message that names the file which cannot be embedded.
pub fn read(root: &Path) -> Result<Vec<File>, String> {
    let mut files = Vec::new();
    let mut folders = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let entries = fs::read_dir(&folder)
            .and_then(|entries| entries.collect::<Result<Vec<_>, _>>())
            .map_err(|e| format!("{}: {e}", shown(&folder)))?;
        for entry in entries {
            let absolute = entry.path();
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                return Err(format!("{}: the name is not UTF-8", shown(&absolute)));
            };
            let path = format!("{prefix}{name}");
            // `.git`, `.DS_Store`: never ours.
            if name.starts_with('.') {
                continue;
            }
            let failed = |e: std::io::Error| format!("{}: {e}", shown(&absolute));
            // Follows symbolic links, as reading the file would.
            if fs::metadata(&absolute).map_err(failed)?.is_dir() {
                if path.matches('/').count() > 30 {
                    return Err(format!("{}: folders lead back into themselves", shown(&absolute)));
                }
                folders.push((absolute, format!("{path}/")));
                continue;
            }
            let embedded = [".sql", ".toml", ".rs", ".lock"].iter().any(|end| name.ends_with(end));
            let bytes = if embedded { fs::read(&absolute).map_err(failed)? } else { Vec::new() };
            let content = String::from_utf8(bytes).map_err(|e| {
                let line = e.as_bytes()[..e.utf8_error().valid_up_to()].split(|b| *b == b'\n').count();
                format!("{}:{line}: not valid UTF-8", shown(&absolute))
            })?;
            let Some(absolute) = absolute.to_str().map(str::to_owned) else {
                return Err(format!("{}: the path is not UTF-8", shown(&absolute)));
            };
            files.push(File { path, absolute, content, embedded });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// A path as the compiler's own messages have it: relative to where cargo started it.
pub fn shown(path: &Path) -> String {
    let here = env::current_dir().unwrap_or_else(|_| PathBuf::new());
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_sorted_by_path_with_slashes_between_the_parts() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("V0002__b")).unwrap();
        fs::write(dir.path().join("V0002__b/up.sql"), "SELECT 2;").unwrap();
        fs::write(dir.path().join("V0002__b/down.sql"), "SELECT 1;").unwrap();
        fs::write(dir.path().join("V0001__a.sql"), "SELECT 0;").unwrap();
        let files = read(dir.path()).unwrap();
        let paths: Vec<&str> = files.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["V0001__a.sql", "V0002__b/down.sql", "V0002__b/up.sql"]);
        assert_eq!(files[2].content, "SELECT 2;");
    }

    #[test]
    fn a_file_that_is_not_utf8_is_named_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("up.sql"), b"SELECT 1;\nSELECT '\xff';").unwrap();
        let message = read(dir.path()).unwrap_err();
        assert!(message.ends_with("up.sql:2: not valid UTF-8"), "{message}");
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let message = read(Path::new("/nowhere/at/all")).unwrap_err();
        assert!(message.starts_with("/nowhere/at/all: "), "{message}");
    }
}
