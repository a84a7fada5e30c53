//! Runs a command with a throwaway database.

use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use percent_encoding::percent_decode_str;
use rustix::process::{Pid, Signal, kill_process};
use switchback_plan::{Dialect, Error, ErrorKind, Result};

use super::{Scratch, io};

/// How long a command has after an interruption to end by itself.
const GRACE: Duration = Duration::from_secs(10);

/// Runs `command` with `DATABASE_URL` (and, on PostgreSQL, `PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`,
/// `PGDATABASE`, `PGSSLMODE`) set to the throwaway database, and waits for it.
///
/// `interrupted` is asked about every few milliseconds; the caller connects it to Ctrl-C and friends, so that
/// this process lives to clean up. A terminal has given the signal to the command already; from elsewhere it has
/// not, so it is asked to terminate, and killed if it is still there after ten seconds.
///
/// # Errors
/// The command cannot be started.
pub fn run(scratch: &Scratch, command: &mut Command, interrupted: &dyn Fn() -> bool) -> Result<ExitStatus> {
    let program = command.get_program().to_string_lossy().into_owned();
    // What the caller's shell says of another server must not lead the command there.
    for name in
        ["PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGSERVICE", "PGSSLMODE"]
    {
        command.env_remove(name);
    }
    command.envs(variables(scratch));
    let mut child = command.spawn().map_err(|e| {
        let kind = Error::new(ErrorKind::Config, format!("{program} could not be started: {e}"));
        kind.hint("write the command as separate words behind --")
    })?;
    let mut asked: Option<Instant> = None;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) => {}
            Err(e) => return Err(io(format!("{program} could not be waited for"), &e)),
        }
        match asked {
            None if interrupted() => {
                asked = Some(Instant::now());
                if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                    let _ = kill_process(pid, Signal::TERM);
                }
            }
            Some(at) if at.elapsed() > GRACE => {
                let _ = child.kill();
            }
            None | Some(_) => {}
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The variables that name the database, and those that the options add.
fn variables(scratch: &Scratch) -> Vec<(String, String)> {
    let mut variables = vec![("DATABASE_URL".to_owned(), scratch.url().to_owned())];
    if scratch.dialect() == Dialect::Postgres {
        variables.extend(libpq(scratch.url()));
    }
    variables.extend(scratch.environment.iter().cloned());
    variables
}

/// `postgres://user:password@host:port/database?sslmode=…` as libpq's variables; what is not there is not set.
fn libpq(url: &str) -> Vec<(String, String)> {
    let Some((_, rest)) = url.split_once("://") else { return Vec::new() };
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = before.split_once('/').unwrap_or((before, ""));
    let (login, address) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let (host, port) = match address.rsplit_once(':') {
        // The colons of `[::1]` are no port.
        Some((host, port)) if !port.contains(']') => (host, port),
        Some(_) | None => (address, ""),
    };
    let parameter = |name: &str| {
        query.split('&').find_map(|p| p.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default()
    };
    let or = |value: &'_ str, name: &str| {
        if value.is_empty() { parameter(name).to_owned() } else { value.to_owned() }
    };
    [
        ("PGHOST", or(host.trim_start_matches('[').trim_end_matches(']'), "host")),
        ("PGPORT", or(port, "port")),
        ("PGUSER", or(user, "user")),
        ("PGPASSWORD", or(password, "password")),
        ("PGDATABASE", or(database, "dbname")),
        ("PGSSLMODE", parameter("sslmode").to_owned()),
        ("PGSSLROOTCERT", parameter("sslrootcert").to_owned()),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| (name.to_owned(), percent_decode_str(&value).decode_utf8_lossy().into_owned()))
    .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::scratch::Options;

    #[test]
    fn a_url_becomes_the_variables_of_libpq() {
        let of = |url| libpq(url).into_iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join(" ");
        assert_eq!(
            of("postgres://me:p%40ss@db.example:5433/my%20db?sslmode=require&sslrootcert=/a/b"),
            "PGHOST=db.example PGPORT=5433 PGUSER=me PGPASSWORD=p@ss PGDATABASE=my db PGSSLMODE=require PGSSLROOTCERT=/a/b"
        );
        assert_eq!(of("postgres://me@[::1]/x"), "PGHOST=::1 PGUSER=me PGDATABASE=x");
        assert_eq!(of("postgres:///x?host=/tmp/sock"), "PGHOST=/tmp/sock PGDATABASE=x");
    }

    #[test]
    fn the_command_gets_the_url_and_its_status_comes_back() {
        let options = Options { environment: vec![("EXTRA".into(), "1".into())], ..Options::default() };
        let scratch = Scratch::open(Dialect::Sqlite, &options).unwrap();
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "test \"$DATABASE_URL\" = \"$0\" && test \"$EXTRA\" = 1 && exit 7",
            scratch.url(),
        ]);
        let status = run(&scratch, &mut command, &|| false).unwrap();
        assert_eq!(status.code(), Some(7));
    }

    #[test]
    fn an_interrupted_command_is_ended() {
        let scratch = Scratch::open(Dialect::Sqlite, &Options::default()).unwrap();
        let interrupted = AtomicBool::new(false);
        let begin = Instant::now();
        let status = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(100));
                interrupted.store(true, Ordering::SeqCst);
            });
            run(&scratch, Command::new("sleep").arg("60"), &|| interrupted.load(Ordering::SeqCst)).unwrap()
        });
        assert!(!status.success());
        assert!(begin.elapsed() < GRACE);
    }

    #[test]
    fn a_command_that_does_not_exist_is_named() {
        let scratch = Scratch::open(Dialect::Sqlite, &Options::default()).unwrap();
        let error = run(&scratch, &mut Command::new("/no/such/command"), &|| false).unwrap_err();
        insta::assert_snapshot!(error, @"/no/such/command could not be started: No such file or directory (os error 2); write the command as separate words behind --");
    }
}
