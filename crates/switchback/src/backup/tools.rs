//! PostgreSQL's own programs: the version that fits a server, and running them.

use super::failed;
use crate::connect::{PgTarget, redact};
use crate::db;
use crate::db::values::of_lines;
use crate::scratch::binaries;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use switchback_plan::{Error, ErrorKind, Result};

/// The folder of `pg_dump` and `pg_restore`, and their version.
#[derive(Debug, Clone)]
pub(crate) struct Tools {
    dir: PathBuf,
    pub major: u32,
    pub version: String,
}

impl Tools {
    /// Those of the server's own version, else the next newer ones.
    ///
    /// From 17 on, what they write asks for a setting that older servers do not have: those are no fit for such a server.
    pub fn find(server: u32) -> Option<Tools> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut found: Vec<Tools> = Vec::new();
        for dir in binaries::folders().into_iter().chain(std::env::split_paths(&path)) {
            if !found.iter().any(|f| f.dir == dir)
                && let Some(tools) = Tools::in_dir(&dir)
            {
                if tools.major == server {
                    return Some(tools);
                }
                found.push(tools);
            }
        }
        found.retain(|f| f.major > server && (f.major >= 17) == (server >= 17));
        found.into_iter().min_by_key(|f| f.major)
    }

    fn in_dir(dir: &Path) -> Option<Tools> {
        if !dir.join("pg_restore").is_file() {
            return None;
        }
        let output = Command::new(dir.join("pg_dump")).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let number = text.split_whitespace().find(|w| w.starts_with(|c: char| c.is_ascii_digit()))?;
        let major = number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
        Some(Tools { dir: dir.to_owned(), major, version: number.to_owned() })
    }

    /// Whether this build of `pg_dump` can compress so: what it cannot do it refuses before it connects to anything.
    pub fn compresses(&self, how: &str) -> bool {
        let mut command = Command::new(self.dir.join("pg_dump"));
        command.arg(format!("--compress={how}")).args([
            "--format=directory",
            "--file=/dev/null/none",
            "--host=/dev/null",
        ]);
        let said = command.arg("--no-password").stdin(Stdio::null()).output();
        said.is_ok_and(|o| !String::from_utf8_lossy(&o.stderr).to_lowercase().contains("compress"))
    }

    /// One of the programs, ready to connect to that database: its password is in no argument.
    pub fn command(&self, program: &str, target: &PgTarget) -> Command {
        let mut command = Command::new(self.dir.join(program));
        for (name, value) in target.variables() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.arg("--no-password").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }
}

/// The argument that names the database: a name with `=` in it would be read as a list of settings.
pub(crate) fn dbname(target: &PgTarget) -> String {
    let name = target.database().unwrap_or_default().replace('\\', "\\\\").replace('\'', "\\'");
    format!("--dbname=dbname='{name}'")
}

/// A program that runs. It is ended when this is dropped.
pub(crate) struct Running {
    child: Child,
    program: String,
    stderr: Option<JoinHandle<String>>,
}

/// What a program leaves behind on stderr is kept up to here.
const TOLD: usize = 64 * 1024;

impl Running {
    pub fn start(command: &mut Command) -> Result<Running> {
        let program = Path::new(command.get_program()).file_name().unwrap_or_default();
        let program = program.to_string_lossy().into_owned();
        let mut child = command.spawn().map_err(|e| failed(format!("{program} could not be started"), &e))?;
        // Read all the time: a program whose stderr is full would wait.
        let stderr = child.stderr.take().map(|mut from| {
            std::thread::spawn(move || {
                let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
                while let Ok(n @ 1..) = from.read(&mut buffer) {
                    all.extend_from_slice(&buffer[..n]);
                    let over = all.len().saturating_sub(TOLD);
                    all.drain(..over);
                }
                String::from_utf8_lossy(&all).into_owned()
            })
        });
        Ok(Running { child, program, stderr })
    }

    /// What it reads, where that was asked for.
    pub fn stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// What it writes, where that was asked for.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Waits for it, and says what it said where it failed.
    pub fn wait(mut self, interrupt: &AtomicBool, each: &mut dyn FnMut()) -> Result<()> {
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) => {}
                Err(e) => return Err(failed(format!("{} could not be waited for", self.program), &e)),
            }
            if interrupt.load(Ordering::Relaxed) {
                return Err(db::interrupted());
            }
            each();
            std::thread::sleep(Duration::from_millis(20));
        };
        let said = self.stderr.take().and_then(|reader| reader.join().ok()).unwrap_or_default();
        if status.success() {
            return Ok(());
        }
        let said = of_lines(&said);
        let lines: Vec<&str> = said.lines().filter(|l| !l.trim().is_empty()).collect();
        let said = redact(&lines[lines.len().saturating_sub(5)..].join("; "));
        Err(Error::new(ErrorKind::Backup, format!("{} failed ({status}): {said}", self.program)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
