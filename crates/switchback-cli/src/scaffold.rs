//! What the next migration of a directory is called and starts with. Pure but for [`list`].

use std::fs;
use std::path::Path;
use switchback::{Dialect, Error, ErrorKind, Result};

/// What the migration is written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// SQL, with files of their own for these engines; with none named, as the set has it.
    Sql(Vec<Dialect>),
    /// Rust.
    Rust,
    /// Operations in `migration.toml`, for `seal` to compile.
    Operations,
    /// The same, of this text.
    Declared(String),
}

/// Files to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaffold {
    /// The new version.
    pub version: i64,
    /// Path, relative to the directory, and text.
    pub files: Vec<(String, String)>,
}

/// The name in snake case.
///
/// # Errors
/// When there are other characters in it than letters, digits, blanks, hyphens and underscores of ASCII.
pub fn name(text: &str) -> Result<String> {
    let name: String = text
        .trim()
        .chars()
        .map(|c| if matches!(c, ' ' | '-') { '_' } else { c.to_ascii_lowercase() })
        .collect();
    let good =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let edges = name.starts_with('_') || name.ends_with('_') || name.contains("__");
    if good && !edges {
        return Ok(name);
    }
    Err(Error::new(ErrorKind::Refused, format!("{text:?} is no name for a migration"))
        .hint("use letters, digits and single underscores, for example add_tags"))
}

/// Every file below the directory, relative and with `/` between parts; none where it is not there yet.
///
/// # Errors
/// When it cannot be read.
pub fn list(dir: &Path) -> Result<Vec<String>> {
    fn walk(dir: &Path, prefix: &str, files: &mut Vec<String>) -> std::io::Result<()> {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                files.push(format!("{path}/"));
                walk(&entry.path(), &format!("{path}/"), files)?;
            } else {
                files.push(path);
            }
        }
        Ok(())
    }
    let mut files = Vec::new();
    match walk(dir, "", &mut files) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(Error::new(ErrorKind::Io, format!("{} cannot be read: {e}", dir.display()))),
    }
    files.sort();
    Ok(files)
}

/// A migration that is there: its version, how many digits that is written with, and whether it is a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    version: i64,
    digits: usize,
    folder: bool,
}

fn seen(path: &str) -> Option<Seen> {
    let folder = path.ends_with('/');
    let last = path.trim_end_matches('/').rsplit('/').next()?;
    if !folder && !last.ends_with(".sql") && !last.ends_with(".rs") {
        return None;
    }
    let (version, _) = last.strip_prefix(['V', 'U'])?.split_once("__")?;
    Some(Seen { version: version.parse().ok()?, digits: version.len(), folder })
}

/// The files of the next migration.
///
/// # Errors
/// When the directory's layout has no place for it.
pub fn next(existing: &[String], name: &str, content: &Content) -> Result<Scaffold> {
    let all: Vec<Seen> = existing.iter().filter_map(|path| seen(path)).collect();
    let newest = all.iter().max().copied();
    let version = newest
        .map_or(Some(1), |s| s.version.checked_add(1))
        .ok_or_else(|| Error::new(ErrorKind::Refused, "there is no version above the newest one"))?;
    let flat = !all.is_empty() && all.iter().all(|s| !s.folder);
    let digits = newest.map_or(4, |s| s.digits);
    let label = format!("V{version:0digits$}__{name}");
    let files = match content {
        Content::Rust if flat => {
            return Err(Error::new(ErrorKind::Unsupported, "a flat directory has no place for Rust")
                .hint("a Rust migration needs a directory with a folder per migration"));
        }
        Content::Operations | Content::Declared(_) if flat => {
            return Err(Error::new(ErrorKind::Unsupported, "a flat directory has no place for operations")
                .hint("operations need a directory with a folder per migration"));
        }
        Content::Declared(text) => vec![(format!("{label}/migration.toml"), text.clone())],
        Content::Operations => vec![(format!("{label}/migration.toml"), operations(&label))],
        Content::Rust => vec![(format!("{label}/migration.rs"), rust(&label))],
        Content::Sql(engines) if flat => {
            if !engines.is_empty() {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    "a flat directory has one text for its engine",
                )
                .hint("leave --engine out"));
            }
            vec![
                (format!("{label}.sql"), up(&label)),
                (format!("{label}.down.sql"), down(&label, &format!("{label}.sql"))),
            ]
        }
        Content::Sql(engines) => {
            let engines = if engines.is_empty() { engines_of(existing) } else { engines.clone() };
            let suffixes: Vec<String> = match engines.as_slice() {
                [] => vec!["sql".to_owned()],
                some => some.iter().map(|e| format!("{}.sql", e.as_str())).collect(),
            };
            suffixes
                .iter()
                .flat_map(|suffix| {
                    [
                        (format!("{label}/up.{suffix}"), up(&label)),
                        (format!("{label}/down.{suffix}"), down(&label, &format!("up.{suffix}"))),
                    ]
                })
                .collect()
        }
    };
    Ok(Scaffold { version, files })
}

/// The engines that have files of their own; none where one text serves both, or nothing is there yet.
fn engines_of(existing: &[String]) -> Vec<Dialect> {
    Dialect::ALL
        .into_iter()
        .filter(|d| existing.iter().any(|path| path.ends_with(&format!("/up.{}.sql", d.as_str()))))
        .collect()
}

fn up(label: &str) -> String {
    format!("-- {label}: what the migration does.\n")
}

fn down(label: &str, up: &str) -> String {
    format!("-- {label}: undoes what {up} does, newest statement first.\n")
}

fn operations(label: &str) -> String {
    format!(
        "\
description = \"{label}: what the migration is for\"

# One block for each change. `seal` compiles them into SQL for every engine, proves that it leads back, and writes the
# files to be committed beside this one.
[[operation]]
# type = \"add_column\"
"
    )
}

fn rust(label: &str) -> String {
    format!(
        "\
//! {label}: what the migration does.

use switchback::{{Context, Error, ErrorKind, Result}};

/// The way up: one transaction, unless it is divided by `ctx.step` and `ctx.batches`.
pub fn up(_ctx: &mut Context<'_>) -> Result<()> {{
    Err(Error::new(ErrorKind::Unsupported, \"{label} is not written yet\"))
}}

/// The way back.
pub fn down(_ctx: &mut Context<'_>) -> Result<()> {{
    Err(Error::new(ErrorKind::Unsupported, \"the way down of {label} is not written yet\"))
}}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(existing: &[&str], content: &Content) -> Vec<String> {
        let existing: Vec<String> = existing.iter().map(|s| (*s).to_owned()).collect();
        next(&existing, "add_tags", content).unwrap().files.into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn names_become_snake_case_or_are_refused() {
        assert_eq!(name(" Split full-name ").unwrap(), "split_full_name");
        for wrong in ["", "  ", "a/b", "../x", "ä", "a.sql", "_a", "a_", "a__b", "a  b"] {
            assert!(name(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_empty_directory_begins_with_a_folder_of_four_digits_and_one_text_for_both_engines() {
        let sql = Content::Sql(vec![]);
        assert_eq!(paths(&[], &sql), ["V0001__add_tags/up.sql", "V0001__add_tags/down.sql"]);
    }

    #[test]
    fn the_next_number_follows_the_highest_and_keeps_its_width() {
        let existing = ["V009__a/", "V009__a/up.sql", "V010__b/", "V010__b/up.sql"];
        assert_eq!(paths(&existing, &Content::Rust), ["V011__add_tags/migration.rs"]);
        assert_eq!(paths(&["V9999__a/"], &Content::Rust), ["V10000__add_tags/migration.rs"]);
    }

    #[test]
    fn the_engines_are_those_of_the_set_unless_they_are_named() {
        let existing = ["V0001__a/", "V0001__a/up.sqlite.sql", "V0001__a/down.sqlite.sql"];
        assert_eq!(
            paths(&existing, &Content::Sql(vec![])),
            ["V0002__add_tags/up.sqlite.sql", "V0002__add_tags/down.sqlite.sql"]
        );
        assert_eq!(
            paths(&existing, &Content::Sql(Dialect::ALL.to_vec())),
            [
                "V0002__add_tags/up.sqlite.sql",
                "V0002__add_tags/down.sqlite.sql",
                "V0002__add_tags/up.postgres.sql",
                "V0002__add_tags/down.postgres.sql"
            ]
        );
    }

    #[test]
    fn a_flat_directory_gets_a_flat_pair_and_no_rust() {
        let flat = ["V1__a.sql", "V1__a.down.sql", "later/", "later/U2__b.sql", "README.md"];
        assert_eq!(paths(&flat, &Content::Sql(vec![])), ["V3__add_tags.sql", "V3__add_tags.down.sql"]);
        let flat: Vec<String> = flat.iter().map(|s| (*s).to_owned()).collect();
        assert!(next(&flat, "x", &Content::Rust).is_err());
        assert!(next(&flat, "x", &Content::Operations).is_err());
        assert!(next(&flat, "x", &Content::Sql(vec![Dialect::Sqlite])).is_err());
    }
}
