//! The password of a database from where `switchback.toml` says that it is.

use crate::databases::Password;
use crate::output::redact;
use crate::process::{self, Stream};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use switchback::connect::{DatabaseUrl, remember};
use switchback::{Error, ErrorKind, Result};

/// How long a program may take; somebody may have to touch a key.
const TIME_LIMIT: Duration = Duration::from_secs(60);
/// How much of what it says is kept.
const KEPT: usize = 64 * 1024;

/// The URL with the password in it, for a connection and never for showing. A password in the URL itself counts first.
///
/// # Errors
/// When there is none where it should be, or the database has none.
pub fn secret_url(url: &str, password: &Password) -> Result<String> {
    let mut target = match DatabaseUrl::parse(url)? {
        DatabaseUrl::Postgres(target) => target,
        DatabaseUrl::Sqlite(_) => {
            return Err(Error::new(ErrorKind::Config, "a SQLite database has no password")
                .hint("take password_file or password_command out of switchback.toml"));
        }
    };
    if target.get("password").is_none_or(str::is_empty) {
        target.set("password", read(password)?)?;
    }
    Ok(target.secret_url())
}

fn read(password: &Password) -> Result<String> {
    match password {
        Password::File(path) => of_file(path),
        Password::Command { words, dir } => of_command(words, dir),
    }
}

fn of_file(path: &Path) -> Result<String> {
    let shown = path.display();
    let failed = |what: String, hint: &str| {
        Err(Error::new(ErrorKind::Config, format!("the password file {shown} {what}")).hint(hint))
    };
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(e) => return failed(format!("cannot be read: {e}"), "check password_file in switchback.toml"),
    };
    if !metadata.is_file() {
        return failed("is not a plain file".to_owned(), "check password_file in switchback.toml");
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return failed(
            format!("may be read by others: its permissions are {mode:04o}"),
            &format!("chmod 600 {shown}"),
        );
    }
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) => return failed(format!("cannot be read: {e}"), "check password_file in switchback.toml"),
    };
    let Ok(text) = String::from_utf8(bytes) else {
        return failed("is not UTF-8".to_owned(), "write the password into it, and nothing else");
    };
    let line = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    match usable(line) {
        Some(why) => failed(why.to_owned(), "write the password into it, and nothing else"),
        None => Ok(kept(line)),
    }
}

fn of_command(words: &[String], dir: &Path) -> Result<String> {
    let (program, rest) = words.split_first().map_or(("", words), |(p, rest)| (p.as_str(), rest));
    let failed = |what: String| {
        Err(Error::new(ErrorKind::Config, redact(&format!("the password command {program} {what}")))
            .hint("run it by hand; check password_command in switchback.toml"))
    };
    let mut command = Command::new(program);
    command.args(rest).current_dir(dir).stdin(Stdio::null());
    let ended = match process::run(&mut command, TIME_LIMIT, KEPT, None) {
        Ok(ended) => ended,
        Err(e) => return failed(format!("cannot be started: {e}")),
    };
    let out = String::from_utf8(ended.bytes(Stream::Stdout));
    let line = out.as_deref().unwrap_or_default().lines().next().unwrap_or_default();
    if usable(line).is_none() {
        // Also where it failed: what it says of that may repeat it.
        remember(line);
    }
    let said = String::from_utf8_lossy(&ended.bytes(Stream::Stderr)).trim().to_owned();
    let said = if said.is_empty() { said } else { format!(": {said}") };
    match ended.status {
        None => failed(format!("took longer than {} s and was ended{said}", TIME_LIMIT.as_secs())),
        Some(status) if !status.success() => failed(format!("failed ({status}){said}")),
        Some(_) if out.is_err() => failed("did not write UTF-8".to_owned()),
        Some(_) => match usable(line) {
            Some(_) => failed(format!("wrote no password{said}")),
            None => Ok(kept(line)),
        },
    }
}

/// Why a text is no password.
fn usable(line: &str) -> Option<&'static str> {
    if line.is_empty() {
        return Some("holds no password");
    }
    line.contains(['\n', '\0']).then_some("holds more than one line")
}

fn kept(line: &str) -> String {
    remember(line);
    line.to_owned()
}
