//! libpq's password file.

use std::fs;
use std::path::Path;

/// What was looked up in a password file.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Found {
    pub password: Option<String>,
    /// Why the file was not used, when it was there.
    pub warning: Option<String>,
}

/// What a line has to match.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub host: &'a str,
    pub port: u16,
    pub database: &'a str,
    pub user: &'a str,
}

/// Looks the password up in a file; no file is no password. As with libpq, a file that others can read is not used.
pub(super) fn look_up(file: &Path, wanted: Wanted<'_>) -> Found {
    let ignored =
        |why: &str| Found { password: None, warning: Some(format!("{} was ignored: {why}", file.display())) };
    let Ok(metadata) = fs::metadata(file) else { return Found::default() };
    if !metadata.is_file() {
        return ignored("it is not a plain file");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return ignored(&format!("its permissions are {mode:04o} and have to be 0600 or less"));
        }
    }
    match fs::read(file) {
        Ok(bytes) => Found { password: find(&String::from_utf8_lossy(&bytes), wanted), warning: None },
        Err(error) => ignored(&format!("it cannot be read ({error})")),
    }
}

/// The password of the first line that matches.
pub(super) fn find(text: &str, wanted: Wanted<'_>) -> Option<String> {
    let port = wanted.port.to_string();
    let wanted = [wanted.host, port.as_str(), wanted.database, wanted.user];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut rest = line.trim_end_matches('\r');
        for value in wanted {
            rest = match_field(rest, value)?;
        }
        Some(unescape(rest)).filter(|password| !password.is_empty())
    })
}

/// What follows the field and its colon, when the field matches: `*` matches all, a backslash escapes `:` and `\`.
fn match_field<'a>(line: &'a str, value: &str) -> Option<&'a str> {
    if let Some(rest) = line.strip_prefix("*:") {
        return Some(rest);
    }
    let mut rest = line;
    for expected in value.chars() {
        rest = rest.strip_prefix('\\').unwrap_or(rest).strip_prefix(expected)?;
    }
    rest.strip_prefix(':')
}

/// The password ends at the first colon that no backslash escapes.
fn unescape(text: &str) -> String {
    let mut password = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ':' => break,
            '\\' => password.extend(chars.next()),
            c => password.push(c),
        }
    }
    password
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Wanted<'static> = Wanted { host: "db.example", port: 5432, database: "app", user: "ada" };

    #[test]
    fn the_first_matching_line_wins_and_wildcards_match_all() {
        let text = "# comment\nother:5432:app:ada:no\ndb.example:*:*:ada:first\n*:*:*:*:second\n";
        assert_eq!(find(text, WANTED).as_deref(), Some("first"));
        assert_eq!(find(text, Wanted { user: "bob", ..WANTED }).as_deref(), Some("second"));
        assert_eq!(find("db.example:5433:app:ada:no", WANTED), None);
        assert_eq!(find("db.example:5432:application:ada:no", WANTED), None);
        assert_eq!(find("not a line at all", WANTED), None);
    }

    #[test]
    fn colons_and_backslashes_are_escaped() {
        let wanted = Wanted { host: "::1", database: r"a\b", ..WANTED };
        assert_eq!(find(r"\:\:1:5432:a\\b:ada:p\:a\\ss:ignored", wanted).as_deref(), Some(r"p:a\ss"));
    }

    #[test]
    fn a_password_keeps_its_blanks_and_loses_only_the_line_end() {
        assert_eq!(find("*:*:*:*: two words \r\n", WANTED).as_deref(), Some(" two words "));
    }

    #[test]
    fn a_file_that_others_can_read_is_ignored_with_a_warning() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pass");
        fs::write(&file, "*:*:*:*:s3cret\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(look_up(&file, WANTED).password.as_deref(), Some("s3cret"));

        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let found = look_up(&file, WANTED);
        assert_eq!(found.password, None);
        let warning = found.warning.unwrap();
        assert!(
            warning.ends_with("pass was ignored: its permissions are 0644 and have to be 0600 or less"),
            "{warning}"
        );
    }

    #[test]
    fn no_file_is_no_password_and_no_warning() {
        assert!(look_up(Path::new("/does/not/exist"), WANTED) == Found::default());
    }
}
