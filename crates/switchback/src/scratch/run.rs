//! Runs a command with a throwaway database.

use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use switchback_plan::{Dialect, Error, ErrorKind, Result};

use super::{Scratch, io};
use crate::connect::PgTarget;

/// How long a command has after an interruption to end by itself.
const GRACE: Duration = Duration::from_secs(10);

/// Runs `command` with `DATABASE_URL` (and, on PostgreSQL, `PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`,
/// `PGDATABASE`, …) set to the throwaway database, and waits for it.
///
/// `interrupted` is asked about every few milliseconds; the caller connects it to Ctrl-C and friends, so that
/// this process lives to clean up. A terminal has given the signal to the command already; from elsewhere it has
/// not, so it is asked to terminate, and killed if it is still there after ten seconds.
///
/// # Errors
/// The command cannot be started.
pub fn run(scratch: &Scratch, command: &mut Command, interrupted: &dyn Fn() -> bool) -> Result<ExitStatus> {
    let program = command.get_program().to_string_lossy().into_owned();
    for (name, value) in variables(scratch)? {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.envs(scratch.environment.iter().map(|(name, value)| (name, value)));
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

/// The variables that name the database. Those of libpq that do not are unset: what the caller's shell says of
/// another server must not lead the command there.
fn variables(scratch: &Scratch) -> Result<Vec<(&'static str, Option<String>)>> {
    let mut variables = vec![("DATABASE_URL", Some(scratch.url().to_owned()))];
    if scratch.dialect() == Dialect::Postgres {
        variables.extend(PgTarget::parse(scratch.url())?.variables());
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::scratch::Options;

    #[test]
    fn psql_needs_nothing_but_the_variables_of_libpq() {
        let scratch = crate::scratch::testing::database(Dialect::Postgres).unwrap();
        let set = |name: &str| {
            let all = variables(&scratch).unwrap();
            all.into_iter().find(|(n, _)| *n == name).and_then(|(_, value)| value).unwrap_or_default()
        };
        assert_eq!(set("DATABASE_URL"), scratch.url());
        let target = PgTarget::parse(scratch.url()).unwrap();
        assert_eq!(Some(set("PGDATABASE").as_str()), target.get("dbname"));
        assert_eq!(Some(set("PGPORT").as_str()), target.get("port"));
        assert!(variables(&scratch).unwrap().contains(&("PGSERVICE", None)));
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
