//! What a path in the directory means.

use super::source_error;
use crate::error::{Error, ErrorKind, Location, Result};
use crate::model::{Dialect, Prefix};

/// Where a file belongs.
pub(super) enum Place<'p> {
    /// Known and without meaning for the migrations.
    Ignored,
    /// A file of a migration's folder.
    Folder {
        /// The folder's name.
        folder: &'p str,
        /// What the file is.
        role: FolderFile,
    },
    /// A migration of refinery's layout.
    Flat {
        /// Prefix, version and name.
        label: Label<'p>,
        /// `V1__name.down.sql`.
        down: bool,
    },
}

/// `V1__name`, taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label<'p> {
    pub(super) prefix: Prefix,
    /// The digits of the version.
    pub(super) digits: &'p str,
    pub(super) name: &'p str,
}

/// What a file of a migration's folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FolderFile {
    /// `up.sql`, `down.sqlite.sql`, …
    Sql(Role, Option<Dialect>),
    /// `migration.toml`.
    Settings,
    /// `migration.rs`.
    Rust,
}

/// What SQL is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Up,
    Down,
    Checks,
    Sample,
}

impl Role {
    const ALL: [Role; 4] = [Role::Up, Role::Down, Role::Checks, Role::Sample];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Role::Up => "up",
            Role::Down => "down",
            Role::Checks => "checks",
            Role::Sample => "sample",
        }
    }

    /// `up.sql` or `up.sqlite.sql`.
    pub(super) fn file(self, dialect: Option<Dialect>) -> String {
        match dialect {
            None => format!("{}.sql", self.as_str()),
            Some(dialect) => format!("{}.{}.sql", self.as_str(), dialect.as_str()),
        }
    }
}

const FOLDER_FORM: &str = "expected V<number>__<snake_case_name>, for example V0007__add_tags";
const FLAT_FORM: &str = "expected a folder V<number>__<snake_case_name>, or refinery's V<number>__<name>.sql (U…, and V<number>__<name>.down.sql beside it)";
const INSIDE_FORM: &str = "expected up.sql and down.sql (or up.sqlite.sql, up.postgres.sql, …), migration.toml, migration.rs, checks.sql, sample.sql";

/// Tells what the file at `path` is.
pub(super) fn place(path: &str) -> Result<Place<'_>> {
    let trimmed = path.trim_end_matches('/');
    if trimmed.split('/').any(|part| part.starts_with('.')) {
        return Ok(Place::Ignored);
    }
    if trimmed.len() < path.len() {
        return Err(source_error(trimmed, "the folder is empty").hint("delete it, or put its files into it"));
    }
    let (dir, base) = path.rsplit_once('/').map_or((None, path), |(dir, base)| (Some(dir), base));
    if let Some(place) = flat(path, base)? {
        return Ok(place);
    }
    if let Some(role) = folder_file(base) {
        return in_folder(path, dir, base, role);
    }
    let inside = dir.is_some_and(looks_like_a_migration);
    if !inside && is_harmless(dir, base) {
        return Ok(Place::Ignored);
    }
    Err(unknown(path, base, inside))
}

fn flat<'p>(path: &'p str, base: &'p str) -> Result<Option<Place<'p>>> {
    let Some((stem, extension)) = base.rsplit_once('.') else { return Ok(None) };
    match (label(stem), extension) {
        (Some(label), "sql") => return Ok(Some(Place::Flat { label, down: false })),
        (Some(_), "rs") => {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "a refinery migration in Rust cannot be run: nothing but SQL is read in refinery's layout",
            )
            .at(Location::file(path))
            .hint(format!(
                "make it a folder {stem} with a migration.rs that has `pub fn up` and `pub fn down`"
            )));
        }
        _ => {}
    }
    match stem.strip_suffix(".down").and_then(label) {
        Some(label) if extension == "sql" => Ok(Some(Place::Flat { label, down: true })),
        _ if extension == "sql" && fractional(stem) => {
            Err(source_error(path, "a version is a whole number; refinery refuses a fraction too")
                .hint("rename the file to V<number>__<name>.sql"))
        }
        _ => Ok(None),
    }
}

/// Refinery's `^([UV])(\d+)__(\w+)$`.
pub(super) fn label(stem: &str) -> Option<Label<'_>> {
    let (prefix, rest) = match stem.as_bytes().first()? {
        b'V' => (Prefix::Versioned, &stem[1..]),
        b'U' => (Prefix::Unversioned, &stem[1..]),
        _ => return None,
    };
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    let (digits, rest) = rest.split_at(end);
    let name = rest.strip_prefix("__")?;
    let valid = !digits.is_empty() && !name.is_empty() && name.chars().all(is_word);
    valid.then_some(Label { prefix, digits, name })
}

/// `\w` as refinery's regular expression means it.
fn is_word(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || c == '_'
    } else {
        regex_syntax::try_is_word_character(c).unwrap_or(false)
    }
}

/// `V1.1__x`, which refinery's expression matches and refinery then refuses.
fn fractional(stem: &str) -> bool {
    let Some(rest) = stem.strip_prefix(['V', 'U']) else { return false };
    let Some((version, _)) = rest.split_once("__") else { return false };
    let number = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    version.split_once('.').is_some_and(|(whole, part)| number(whole) && number(part))
}

fn folder_file(base: &str) -> Option<FolderFile> {
    match base {
        "migration.toml" => return Some(FolderFile::Settings),
        "migration.rs" => return Some(FolderFile::Rust),
        _ => {}
    }
    let stem = base.strip_suffix(".sql")?;
    let (role, dialect) = match stem.split_once('.') {
        None => (stem, None),
        Some((role, dialect)) => (role, Some(Dialect::ALL.into_iter().find(|d| d.as_str() == dialect)?)),
    };
    let role = Role::ALL.into_iter().find(|r| r.as_str() == role)?;
    Some(FolderFile::Sql(role, dialect))
}

fn in_folder<'p>(path: &'p str, dir: Option<&'p str>, base: &str, role: FolderFile) -> Result<Place<'p>> {
    match dir {
        None => Err(source_error(path, format!("{base} belongs into the folder of a migration"))
            .hint("move it into a folder V<number>__<snake_case_name>")),
        Some(dir) if dir.contains('/') => {
            let (outer, _) = dir.split_once('/').unwrap_or((dir, ""));
            let message = if looks_like_a_migration(outer) {
                "a migration's folder holds no folders"
            } else {
                "a migration's folder must lie directly in the directory of the set"
            };
            Err(source_error(path, message).hint(INSIDE_FORM))
        }
        Some(dir) => match folder_label(dir) {
            Some(_) => Ok(Place::Folder { folder: dir, role }),
            None => Err(source_error(
                dir,
                format!("the folder's name is not that of a migration: {}", why_not(dir)),
            )
            .hint(FOLDER_FORM)),
        },
    }
}

/// `V0001__snake_case`: what the folder layout asks for.
pub(super) fn folder_label(folder: &str) -> Option<Label<'_>> {
    label(folder).filter(|l| {
        l.prefix == Prefix::Versioned
            && l.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    })
}

fn why_not(folder: &str) -> &'static str {
    if folder.starts_with('v') {
        "it must begin with a capital V"
    } else if folder.starts_with(['U', 'u']) {
        "U is for refinery's flat files only"
    } else if label(folder).is_some() {
        "behind the number only lower-case letters, digits and underscores are allowed"
    } else if folder.ends_with("__") && looks_like_a_migration(folder) {
        "behind the underscores stands no name"
    } else if folder.starts_with('V') && !folder.contains("__") {
        "two underscores must separate number and name"
    } else {
        "it does not have the form of one"
    }
}

/// True for names that are meant as a migration's, rightly or wrongly written.
fn looks_like_a_migration(dir: &str) -> bool {
    let top = dir.split('/').next().unwrap_or(dir);
    let Some(rest) = top.strip_prefix(['V', 'v', 'U', 'u']) else { return false };
    rest.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with("__") && !rest.starts_with('_')
}

/// Files that refinery's users have beside their migrations, and our own.
fn is_harmless(dir: Option<&str>, base: &str) -> bool {
    base.starts_with("README") || base == "mod.rs" || (dir.is_none() && base == crate::lock::FILE)
}

fn unknown(path: &str, base: &str, inside: bool) -> Error {
    let lower = base.to_lowercase();
    if lower != base && folder_file(&lower).is_some() {
        return source_error(path, "the file's name is written in capitals")
            .hint(format!("rename it to {lower}"));
    }
    let stem = lower.strip_suffix(".sql").map(|s| s.strip_suffix(".down").unwrap_or(s));
    if let Some(stem) = stem
        && label(&first_upper(stem)).is_some()
    {
        return source_error(
            path,
            "upper and lower case matter: the prefix is a capital V or U, the ending `.sql`",
        )
        .hint("rename the file to V<number>__<name>.sql");
    }
    if !inside && stem.is_some() && looks_like_a_migration(base) {
        return source_error(
            path,
            "behind the number and two underscores must stand a name of letters, digits and underscores",
        )
        .hint("rename the file to V<number>__<name>.sql");
    }
    let expected = if inside { INSIDE_FORM } else { FLAT_FORM };
    source_error(path, "the file is none that switchback knows").hint(expected)
}

fn first_upper(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars).collect()
}
