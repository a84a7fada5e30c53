//! Reading a directory of migrations from disk: the only place where the format touches a file system.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::io;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;
use switchback_plan::source::SourceFile;
use switchback_plan::{Dialect, Error, ErrorKind, Location, Result};

/// All files below `dir`, sorted by path, for [`switchback_plan::source::parse`].
///
/// # Errors
/// [`ErrorKind::Io`] where the directory or something in it cannot be read, [`ErrorKind::Source`] for a directory
/// without files, a name that is not UTF-8, or folders that lead back into themselves.
pub fn read_dir(dir: &Path) -> Result<Vec<SourceFile>> {
    read(dir, None)
}

/// As [`read_dir`], but the content of files for the other dialect stays unread: half the work where a set is for both.
///
/// # Errors
/// As [`read_dir`].
pub fn read_dir_for(dir: &Path, dialect: Dialect) -> Result<Vec<SourceFile>> {
    read(dir, Some(dialect))
}

fn read(dir: &Path, dialect: Option<Dialect>) -> Result<Vec<SourceFile>> {
    let walk = || Walk { root: dir, skip: other(dialect), files: Vec::new(), real: Vec::new() };
    let entries = walk().entries(dir)?;
    if entries.is_empty() {
        return Err(Error::new(
            ErrorKind::Source,
            format!("the directory {} holds no migrations", dir.display()),
        )
        .at(Location::file(dir.display().to_string()))
        .hint("write the first one with `new NAME`, or name the directory that holds them"));
    }
    let read = |entries: &[(String, FileType)]| {
        let mut walk = walk();
        entries.iter().try_for_each(|(name, kind)| walk.entry(dir, "", name, *kind))?;
        Ok(walk.files)
    };
    let chunk = chunk(entries.len());
    if chunk >= entries.len() {
        return read(&entries);
    }
    let chunks: Vec<Result<Vec<SourceFile>>> = thread::scope(|scope| {
        let readers: Vec<_> = entries.chunks(chunk).map(|part| scope.spawn(|| read(part))).collect();
        readers.into_iter().map(|r| r.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    let mut files = Vec::with_capacity(entries.len());
    for chunk in chunks {
        files.extend(chunk?);
    }
    Ok(files)
}

/// How many entries of the directory a thread reads: opening a file costs more than reading it, and the kernel opens
/// several at a time as fast as one.
fn chunk(entries: usize) -> usize {
    const ENTRIES_A_THREAD: usize = 128;
    let most = thread::available_parallelism().map_or(1, usize::from).min(4);
    entries.div_ceil(entries.div_ceil(ENTRIES_A_THREAD).clamp(1, most))
}

/// How the files end that nobody will look at.
fn other(dialect: Option<Dialect>) -> &'static [&'static str] {
    match dialect {
        None => &[],
        Some(Dialect::Sqlite) => &[".postgres.sql"],
        Some(Dialect::Postgres) => &[".sqlite.sql"],
    }
}

struct Walk<'d> {
    root: &'d Path,
    skip: &'static [&'static str],
    files: Vec<SourceFile>,
    /// Where symbolic links led on the way here, links resolved.
    real: Vec<PathBuf>,
}

impl Walk<'_> {
    /// What lies in a folder, sorted; hidden files (`.git`, `.DS_Store`) are never ours.
    fn entries(&self, path: &Path) -> Result<Vec<(String, FileType)>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path).map_err(|e| self.unreadable(path, "folder", &e))? {
            let entry = entry.map_err(|e| self.unreadable(path, "folder", &e))?;
            let name = entry.file_name().into_string().map_err(|name| not_utf8(path, &name))?;
            if name.starts_with('.') {
                continue;
            }
            let kind = entry.file_type().map_err(|e| self.unreadable(&entry.path(), "file", &e))?;
            entries.push((name, kind));
        }
        entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Ok(entries)
    }

    /// Reads the folder `path`, whose name below the root is `below`, with a slash at its end.
    fn folder(&mut self, path: &Path, below: String) -> Result<()> {
        let entries = self.entries(path)?;
        for (name, kind) in &entries {
            self.entry(path, &below, name, *kind)?;
        }
        if entries.is_empty() {
            self.files.push(SourceFile { path: Cow::Owned(below), content: Cow::Borrowed(&[]) });
        }
        Ok(())
    }

    fn entry(&mut self, folder: &Path, below: &str, name: &str, kind: FileType) -> Result<()> {
        let full = folder.join(name);
        let relative = format!("{below}{name}");
        if kind.is_dir() {
            self.folder(&full, relative + "/")
        } else if kind.is_symlink() {
            self.link(&full, relative)
        } else if kind.is_file() {
            self.file(&full, relative)
        } else {
            Err(Error::new(ErrorKind::Source, "neither a file nor a folder")
                .at(Location::file(full.display().to_string()))
                .hint("a directory of migrations holds nothing else: move it away"))
        }
    }

    fn link(&mut self, full: &Path, relative: String) -> Result<()> {
        let target = fs::metadata(full).map_err(|e| self.unreadable(full, "symbolic link", &e))?;
        if !target.is_dir() {
            return self.file(full, relative);
        }
        let real = fs::canonicalize(full).map_err(|e| self.unreadable(full, "symbolic link", &e))?;
        let parent = full.parent().unwrap_or(full);
        let here = fs::canonicalize(parent).map_err(|e| self.unreadable(parent, "folder", &e))?;
        if here.starts_with(&real) || self.real.contains(&real) {
            return Err(Error::new(
                ErrorKind::Source,
                format!("the symbolic link leads back to {}", real.display()),
            )
            .at(Location::file(full.display().to_string()))
            .hint("delete the link: it contains itself"));
        }
        self.real.push(real);
        self.folder(full, relative + "/")?;
        self.real.pop();
        Ok(())
    }

    fn file(&mut self, full: &Path, relative: String) -> Result<()> {
        let content = if self.is_needed(&relative) {
            fs::read(full).map_err(|e| self.unreadable(full, "file", &e))?
        } else {
            Vec::new()
        };
        self.files.push(SourceFile { path: Cow::Owned(relative), content: Cow::Owned(content) });
        Ok(())
    }

    fn is_needed(&self, path: &str) -> bool {
        [".sql", ".toml", ".rs", ".lock"].iter().any(|end| path.ends_with(end))
            && !self.skip.iter().any(|end| path.ends_with(end))
    }

    fn unreadable(&self, path: &Path, what: &str, error: &io::Error) -> Error {
        let shown = path.display().to_string();
        let missing = error.kind() == io::ErrorKind::NotFound;
        let (message, hint) = if path == self.root && missing {
            (
                format!("the directory of migrations {shown} does not exist"),
                "create it with the first migration (`new NAME`), or name the right one with `--migrations`",
            )
        } else if path == self.root && error.kind() == io::ErrorKind::NotADirectory {
            (format!("{shown} is no directory"), "name the directory that holds the migrations")
        } else if missing && what == "symbolic link" {
            (format!("the symbolic link {shown} leads nowhere"), "delete it, or correct its target")
        } else {
            let hint = match error.kind() {
                io::ErrorKind::PermissionDenied => "give this user the right to read it",
                _ => "look at it with the system's own tools",
            };
            (format!("the {what} {shown} cannot be read: {error}"), hint)
        };
        Error::new(ErrorKind::Io, message).at(Location::file(shown)).hint(hint)
    }
}

fn not_utf8(folder: &Path, name: &OsStr) -> Error {
    Error::new(ErrorKind::Source, format!("the file name {name:?} is not valid UTF-8"))
        .at(Location::file(folder.display().to_string()))
        .hint("rename the file")
}

#[cfg(test)]
mod tests;
