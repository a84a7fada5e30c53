//! Who else has a database open.

use super::How;
use crate::backup::folder::with_ending;
use crate::backup::postgres::all;
use crate::connect::SessionOptions;
use crate::db::postgres::Postgres;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use switchback_plan::quote::literal;
use switchback_plan::{Error, ErrorKind, Result};

/// How long the server may go on listing a session that has hung up; our own of a moment ago among them.
const HANGING_UP: Duration = Duration::from_secs(2);

/// The processes that have one of these files open, as far as this system tells: `pid 4711 (python3)`.
pub(super) fn of_file(path: &Path) -> Vec<String> {
    let Ok(path) = path.canonicalize() else { return Vec::new() };
    let files = ["", "-wal", "-shm", "-journal"].map(|ending| with_ending(&path, ending));
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Ok(pid) = name.to_string_lossy().parse::<u32>() else { continue };
        let open = fs::read_dir(entry.path().join("fd")).into_iter().flatten().flatten();
        let has = |fd: fs::DirEntry| fs::read_link(fd.path()).is_ok_and(|to| files.contains(&to));
        if pid != std::process::id() && open.into_iter().any(has) {
            let command = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            found.push(format!("pid {pid} ({})", command.trim()));
        }
    }
    found
}

/// The sessions of others in that database; refuses while there are any, unless they may be ended.
pub(super) fn named(server: &mut Postgres, name: &str, how: &How) -> Result<Vec<String>> {
    let until = Instant::now() + HANGING_UP;
    let ours = format!("({} as ", SessionOptions::default().application_name);
    loop {
        let sessions = of_database(server, name)?;
        let waited = Instant::now() > until;
        let hanging_up = !waited && sessions.iter().any(|session| session.contains(&ours));
        if sessions.is_empty() || how.end_connections && !hanging_up {
            return Ok(sessions);
        }
        if waited {
            return Err(Error::new(
                ErrorKind::Refused,
                format!("others are connected to {name}: {}", sessions.join(", ")),
            )
            .hint("stop what is named, or say --end-connections; nothing was changed"));
        }
        std::thread::sleep(HANGING_UP / 20);
    }
}

/// Ends the sessions of others.
pub(super) fn end(server: &mut Postgres, name: &str) -> Result<()> {
    server.script(&format!(
        "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
         WHERE datname = {} AND pid <> pg_catalog.pg_backend_pid()",
        literal(name)
    ))
}

/// `pid 4711 (app as ada from 10.0.0.7)`.
fn of_database(server: &mut Postgres, name: &str) -> Result<Vec<String>> {
    all(
        server,
        &format!(
            "SELECT 'pid ' || pid || ' (' || coalesce(nullif(application_name, ''), backend_type) || ' as '
                || coalesce(usename::text, 'nobody') || coalesce(' from ' || host(client_addr), '') || ')'
             FROM pg_catalog.pg_stat_activity
             WHERE datname = {} AND pid <> pg_catalog.pg_backend_pid()
               AND backend_type IN ('client backend', 'walsender') ORDER BY pid",
            literal(name)
        ),
    )
}
