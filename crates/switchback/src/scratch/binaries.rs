//! Finds PostgreSQL's server binaries.

use std::path::{Path, PathBuf};
use std::process::Command;

use switchback_plan::{Error, ErrorKind, Result};

/// The variable that names folders with server binaries, separated by `:`.
pub const VARIABLE: &str = "SWITCHBACK_PG_BIN";

/// What must be in a folder.
const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_ctl"];

/// Where distributions put them; `*` stands for any text within one name.
const USUAL: [&str; 7] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/usr/local/pgsql/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/// A folder with the server's programs, and their version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PgBinaries {
    /// The folder.
    pub dir: PathBuf,
    /// The major version, such as 15.
    pub major: u32,
    /// The version, such as `15.18`.
    pub version: String,
    /// Everything that `postgres --version` prints; distributions add their own version.
    pub full_version: String,
}

impl PgBinaries {
    /// The binaries in one folder.
    ///
    /// # Errors
    /// A program is missing, or does not say its version.
    pub fn in_dir(dir: &Path) -> Result<PgBinaries> {
        let missing: Vec<&str> = PROGRAMS.into_iter().filter(|p| !dir.join(p).is_file()).collect();
        if !missing.is_empty() {
            return Err(Error::new(
                ErrorKind::Config,
                format!("{} has no {}", dir.display(), missing.join(", ")),
            )
            .hint("name the folder that holds PostgreSQL's initdb, postgres and pg_ctl"));
        }
        let failed = |why: String| {
            Error::new(ErrorKind::Config, format!("{} --version {why}", dir.join("postgres").display()))
        };
        let output = Command::new(dir.join("postgres"))
            .arg("--version")
            .output()
            .map_err(|e| failed(format!("could not be started: {e}")))?;
        let full_version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let (major, version) = parse_version(&full_version).ok_or_else(|| {
            let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            failed(format!("printed no version: {full_version}{complaint}"))
        })?;
        Ok(PgBinaries { dir: dir.to_owned(), major, version, full_version })
    }

    /// The path of one program.
    pub fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

/// The server binaries of that major version, or of the machine's usual one.
///
/// Looks at `SWITCHBACK_PG_BIN`, then `pg_config --bindir`, the search path, and the usual folders of
/// distributions, newest first.
///
/// # Errors
/// There are none: the hint says in one line what to install or set.
pub fn find(major: Option<u32>) -> Result<PgBinaries> {
    let variable = std::env::var(VARIABLE).unwrap_or_default();
    find_among(&named(&variable)?, installed().into_iter(), major)
}

/// Every server that can be found, each folder once.
///
/// # Errors
/// `SWITCHBACK_PG_BIN` names a folder that holds none.
pub fn all() -> Result<Vec<PgBinaries>> {
    let variable = std::env::var(VARIABLE).unwrap_or_default();
    let mut found = named(&variable)?;
    for dir in installed() {
        if let Ok(binaries) = PgBinaries::in_dir(&dir)
            && !found.iter().any(|b| b.dir == dir)
        {
            found.push(binaries);
        }
    }
    Ok(found)
}

/// True when every user can reach that folder. Root has to start servers as somebody else, so theirs must be such.
pub fn reachable_by_all(dir: &Path) -> bool {
    super::dir::reachable(dir)
}

/// Folders that may hold programs of PostgreSQL, the likeliest first.
pub(crate) fn folders() -> Vec<PathBuf> {
    let variable = std::env::var_os(VARIABLE).unwrap_or_default();
    let named = std::env::split_paths(&variable).filter(|dir| !dir.as_os_str().is_empty());
    named.collect::<Vec<_>>().into_iter().chain(installed()).collect()
}

/// What the variable names must be there: a typing error should not silently test another server.
fn named(variable: &str) -> Result<Vec<PgBinaries>> {
    std::env::split_paths(variable)
        .filter(|dir| !dir.as_os_str().is_empty())
        .map(|dir| {
            PgBinaries::in_dir(&dir).map_err(|e| {
                Error::new(ErrorKind::Config, format!("{VARIABLE}: {}", e.message())).hint(
                    "name folders that hold PostgreSQL's initdb, postgres and pg_ctl, separated by colons",
                )
            })
        })
        .collect()
}

/// Folders that may hold a server, the likeliest first, each once.
fn installed() -> Vec<PathBuf> {
    let mut dirs = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output()
        && output.status.success()
    {
        dirs.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    for dir in std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()) {
        // A link in /usr/local/bin leads to the folder that has all of them.
        if let Ok(program) = dir.join("postgres").canonicalize()
            && let Some(home) = program.parent()
        {
            dirs.push(home.to_owned());
        }
    }
    let mut usual: Vec<PathBuf> = USUAL.iter().flat_map(|pattern| expand(pattern)).collect();
    // Newest first: 9.6 < 13 < 18.
    usual.sort_by_key(|dir| std::cmp::Reverse(number_in(dir)));
    dirs.extend(usual);
    let mut seen = Vec::new();
    dirs.retain(|dir| {
        let real = dir.canonicalize().unwrap_or_else(|_| dir.clone());
        !seen.contains(&real) && {
            seen.push(real);
            true
        }
    });
    dirs
}

fn find_among(
    named: &[PgBinaries],
    mut installed: impl Iterator<Item = PathBuf>,
    major: Option<u32>,
) -> Result<PgBinaries> {
    let fits = |b: &PgBinaries| major.is_none_or(|major| b.major == major);
    if let Some(binaries) = named.iter().find(|b| fits(b)) {
        return Ok(binaries.clone());
    }
    installed.find_map(|dir| PgBinaries::in_dir(&dir).ok().filter(fits)).ok_or_else(|| missing(major))
}

fn missing(major: Option<u32>) -> Error {
    let what = major.map_or_else(|| "PostgreSQL".to_owned(), |major| format!("PostgreSQL {major}"));
    let package = major.map_or_else(|| "postgresql".to_owned(), |major| format!("postgresql-{major}"));
    Error::new(
        ErrorKind::Config,
        format!("no server binaries of {what} were found (initdb, postgres, pg_ctl)"),
    )
    .hint(format!("install the package {package}, or set {VARIABLE} to the folder that holds them"))
}

/// `postgres (PostgreSQL) 15.18 (Debian …)` → 15, `15.18`; also `18beta1`.
fn parse_version(line: &str) -> Option<(u32, String)> {
    let version = line.strip_prefix("postgres (PostgreSQL) ")?.split_whitespace().next()?;
    let digits = version.len() - version.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    Some((version[..digits].parse().ok()?, version.to_owned()))
}

/// The folders that fit a pattern with one `*` in one of its names.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else { return vec![PathBuf::from(pattern)] };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let (suffix, rest) = after.split_once('/').unwrap_or((after, ""));
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with(prefix) && name.ends_with(suffix)
        })
        .map(|entry| if rest.is_empty() { entry.path() } else { entry.path().join(rest) })
        .collect()
}

/// The last number in a path: its version, in all the usual folders.
fn number_in(path: &Path) -> u32 {
    let text = path.to_string_lossy();
    let digits = |c: char| !c.is_ascii_digit();
    text.split(digits).filter_map(|n| n.parse().ok()).next_back().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn fake(dir: &Path, version: &str) -> PathBuf {
        std::fs::create_dir_all(dir).unwrap();
        for program in PROGRAMS {
            let path = dir.join(program);
            std::fs::write(&path, format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        dir.to_owned()
    }

    #[test]
    fn the_version_of_every_kind_of_build_is_understood() {
        let version = |line| parse_version(line).unwrap();
        assert_eq!(version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), (15, "15.18".into()));
        assert_eq!(version("postgres (PostgreSQL) 18beta1"), (18, "18beta1".into()));
        assert_eq!(version("postgres (PostgreSQL) 13.22"), (13, "13.22".into()));
        assert_eq!(parse_version("pg_ctl (PostgreSQL) 13"), None);
        assert_eq!(parse_version(""), None);
    }

    #[test]
    fn missing_binaries_are_an_error_that_says_what_to_install() {
        let error = find_among(&[], std::iter::empty(), None).unwrap_err();
        insta::assert_snapshot!(error, @"no server binaries of PostgreSQL were found (initdb, postgres, pg_ctl); install the package postgresql, or set SWITCHBACK_PG_BIN to the folder that holds them");
        let error = find_among(&[], std::iter::empty(), Some(18)).unwrap_err();
        insta::assert_snapshot!(error, @"no server binaries of PostgreSQL 18 were found (initdb, postgres, pg_ctl); install the package postgresql-18, or set SWITCHBACK_PG_BIN to the folder that holds them");
    }

    #[test]
    fn a_folder_named_by_the_variable_must_hold_a_server() {
        let error = named("/nowhere/at/all").unwrap_err();
        insta::assert_snapshot!(error, @"SWITCHBACK_PG_BIN: /nowhere/at/all has no initdb, postgres, pg_ctl; name folders that hold PostgreSQL's initdb, postgres and pg_ctl, separated by colons");
        assert_eq!(named("").unwrap(), []);
    }

    #[test]
    fn named_folders_come_first_and_a_major_picks_among_all() {
        let root = tempfile::tempdir().unwrap();
        let [a, b, c] = [("a", "14.1"), ("b", "16.2"), ("c", "18.0")]
            .map(|(name, version)| fake(&root.path().join(name), version));
        let named = named(&format!("{}:{}", a.display(), b.display())).unwrap();
        let find = |major| find_among(&named, [c.clone()].into_iter(), major).map(|b| b.version);
        assert_eq!(find(None).unwrap(), "14.1");
        assert_eq!(find(Some(16)).unwrap(), "16.2");
        assert_eq!(find(Some(18)).unwrap(), "18.0");
        assert!(find(Some(13)).is_err());
    }

    #[test]
    fn a_pattern_expands_to_the_folders_that_fit_it() {
        let root = tempfile::tempdir().unwrap();
        for name in ["pgsql-13", "pgsql-9.6", "other"] {
            std::fs::create_dir_all(root.path().join(name).join("bin")).unwrap();
        }
        let mut found = expand(&format!("{}/pgsql-*/bin", root.path().display()));
        found.sort_by_key(|dir| number_in(dir));
        let found: Vec<_> =
            found.iter().map(|d| d.strip_prefix(root.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(found, ["pgsql-9.6/bin", "pgsql-13/bin"]);
    }

    #[test]
    fn this_machine_has_a_server() {
        let binaries = find(None).unwrap();
        assert!(binaries.major >= 13, "{binaries:?}");
    }
}
