//! A temporary PostgreSQL cluster.

use std::fs::{self, OpenOptions};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rustix::process::{Pid, Signal, kill_process};
use switchback_plan::{Error, ErrorKind, Result, quote};

use super::binaries::PgBinaries;
use super::dir::{self, DATA, Medium, ScratchDir};
use super::unprivileged::{User, run_as};
use super::{io, server, template};

/// What stands for itself in the name of a database in a URL.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// How long a server may take to start; a loaded machine needs more than the usual tenth of a second.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a cluster is started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PgOptions {
    /// Writes reach the disk before a commit returns, as in production. Off for tests, whose clusters lie in memory
    /// where there is plenty; on for measurements.
    pub durable: bool,
    /// Further settings of the server, as `postgres -c name=value` takes them.
    pub settings: Vec<(String, String)>,
}

/// A running temporary cluster: its own data directory, a free port on 127.0.0.1, a Unix socket in its own
/// directory, the superuser `postgres` without a password. Stopped and removed on drop, and also when the process
/// is killed.
#[derive(Debug)]
pub struct PgCluster {
    binaries: PgBinaries,
    options: PgOptions,
    user: Option<User>,
    port: u16,
    server: Option<Child>,
    // Last: the directory goes when the server has stopped.
    dir: ScratchDir,
}

impl PgCluster {
    /// Starts a cluster and waits until it accepts connections.
    ///
    /// # Errors
    /// `initdb` or the server fails; what the server said is in the message.
    pub fn start(binaries: &PgBinaries, options: &PgOptions) -> Result<PgCluster> {
        let user = User::for_servers()?;
        if let Some(user) = &user
            && !dir::reachable(&binaries.dir)
        {
            return Err(Error::new(
                ErrorKind::Config,
                format!(
                    "PostgreSQL refuses to run as root, and the user {} cannot reach {}",
                    user.name,
                    binaries.dir.display()
                ),
            )
            .hint("move the binaries to a folder that everybody can read, or run this as an ordinary user"));
        }
        let medium = if options.durable { Medium::Disk } else { Medium::Memory };
        let dir = ScratchDir::create(user.as_ref(), medium)?;
        template::fill(binaries, user.as_ref(), &dir.path().join(DATA))?;
        let mut cluster = PgCluster {
            binaries: binaries.clone(),
            options: options.clone(),
            user,
            port: 0,
            server: None,
            dir,
        };
        // Between choosing a free port and listening on it somebody else may take it: then another one.
        let mut attempts = 0;
        loop {
            cluster.port = free_port()?;
            match cluster.launch() {
                Err(e) if attempts < 5 && e.message().contains("Address already in use") => attempts += 1,
                started => return started.map(|()| cluster),
            }
        }
    }

    /// `postgres://postgres@127.0.0.1:PORT/database`.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{}", self.port, utf8_percent_encode(database, PLAIN))
    }

    /// Creates a database, as a copy of `template1`, and returns its URL.
    ///
    /// # Errors
    /// The server's own.
    pub fn create_database(&self, name: &str) -> Result<String> {
        let mut client = server::connect(&self.url("postgres"))?;
        client
            .batch_execute(&format!("CREATE DATABASE {}", quote::ident(name)))
            .map_err(|e| server::error(&format!("the database {name} could not be created"), &e))?;
        Ok(self.url(name))
    }

    /// The port on 127.0.0.1; the same after a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The directory of the Unix socket.
    pub fn socket_dir(&self) -> &Path {
        self.dir.path()
    }

    /// The data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join(DATA)
    }

    /// What the server has written to its log.
    pub fn log(&self) -> String {
        fs::read(self.log_file())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// The programs that it runs.
    pub fn binaries(&self) -> &PgBinaries {
        &self.binaries
    }

    /// Its version, such as `15.18`.
    pub fn version(&self) -> &str {
        &self.binaries.version
    }

    /// The process id of the server, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    /// Shuts the server down in order (connections are closed, data is kept).
    ///
    /// # Errors
    /// It does not stop.
    pub fn stop(&mut self) -> Result<()> {
        self.signal(Signal::INT);
        self.wait()
    }

    /// Kills the server as a power cut would, and waits until the process is gone. Its backends follow when they
    /// notice.
    ///
    /// # Errors
    /// It does not go.
    pub fn kill9(&mut self) -> Result<()> {
        self.signal(Signal::KILL);
        self.wait()
    }

    /// Stops the server if it runs, and starts it on the same data and port.
    ///
    /// # Errors
    /// It does not stop or start.
    pub fn restart(&mut self) -> Result<()> {
        if self.server.is_some() {
            self.stop()?;
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.launch() {
                // Backends of a killed server may still be at work, and the port may just be in use elsewhere.
                Err(e) if Instant::now() < deadline && is_passing(e.message()) => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                done => return done,
            }
        }
    }

    fn log_file(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    fn launch(&mut self) -> Result<()> {
        let log_file = self.log_file();
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log_file)
            .map_err(|e| io(format!("{} could not be written", log_file.display()), &e))?;
        let seen = log.metadata().map_or(0, |m| m.len());
        let program = self.binaries.program("postgres");
        let mut command = Command::new(&program);
        command
            .arg("-D")
            .arg(self.data_dir())
            .args(["-p", &self.port.to_string()])
            .args(self.settings().iter().flat_map(|setting| ["-c", setting]))
            .current_dir(self.dir.path())
            .env_remove("PGDATA")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            // Ctrl-C in a terminal is for the command that uses the database, which may want to roll back.
            .process_group(0);
        run_as(&mut command, self.user.as_ref());
        let child =
            command.spawn().map_err(|e| io(format!("{} could not be started", program.display()), &e))?;
        self.dir.watch(Some(child.id()));
        self.server = Some(child);
        self.wait_until_ready(seen)
    }

    fn settings(&self) -> Vec<String> {
        let mut settings: Vec<String> = [
            "listen_addresses=127.0.0.1",
            "timezone=UTC",
            "log_timezone=UTC",
            "lc_messages=C",
            "logging_collector=off",
            "log_destination=stderr",
            // In the data directory, so that a killed server leaves nothing behind elsewhere.
            "dynamic_shared_memory_type=mmap",
        ]
        .map(str::to_owned)
        .into();
        // A path beyond 107 bytes is refused; TCP is enough then.
        let socket = self.dir.path().to_string_lossy();
        settings.push(if socket.len() + "/.s.PGSQL.65535.lock".len() < 100 {
            format!("unix_socket_directories={socket}")
        } else {
            "unix_socket_directories=".to_owned()
        });
        if !self.options.durable {
            settings.extend(
                [
                    "fsync=off",
                    "synchronous_commit=off",
                    "full_page_writes=off",
                    "shared_buffers=64MB",
                    "max_wal_size=4GB",
                    "jit=off",
                ]
                .map(str::to_owned),
            );
        }
        settings.extend(self.options.settings.iter().map(|(name, value)| format!("{name}={value}")));
        settings
    }

    /// The server says so itself in `postmaster.pid`, as `pg_ctl` reads it; asking by connecting would cost a
    /// process each time.
    fn wait_until_ready(&mut self, log_seen: u64) -> Result<()> {
        let Some(child) = &mut self.server else { return Ok(()) };
        let pid_file = self.dir.path().join(DATA).join("postmaster.pid");
        let deadline = Instant::now() + PATIENCE;
        loop {
            if is_ready(&fs::read_to_string(&pid_file).unwrap_or_default(), child.id()) {
                return Ok(());
            }
            if let Ok(Some(status)) = child.try_wait() {
                self.gone();
                return Err(self.start_error(&format!("PostgreSQL did not start ({status})"), log_seen));
            }
            if Instant::now() > deadline {
                let _ = self.kill9();
                return Err(self.start_error("PostgreSQL was not ready after a minute", log_seen));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn start_error(&self, what: &str, log_seen: u64) -> Error {
        let log = self.log();
        let said = log.get(usize::try_from(log_seen).unwrap_or(0)..).unwrap_or(&log);
        let said: Vec<&str> = said.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
        Error::new(ErrorKind::Connection, format!("{what}: {}", said.join("; ")))
    }

    fn signal(&self, signal: Signal) {
        let pid = self.pid().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It is our child and not yet waited for, so the number cannot be somebody else's. It may be dead.
            let _ = kill_process(pid, signal);
        }
    }

    fn wait(&mut self) -> Result<()> {
        let Some(child) = &mut self.server else { return Ok(()) };
        let deadline = Instant::now() + PATIENCE;
        while let Ok(None) = child.try_wait() {
            if Instant::now() > deadline {
                return Err(Error::new(ErrorKind::Connection, "PostgreSQL did not stop within a minute"));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        self.gone();
        Ok(())
    }

    /// The process has been waited for: nobody may signal its number any more.
    fn gone(&mut self) {
        self.server = None;
        self.dir.watch(None);
    }
}

impl Drop for PgCluster {
    fn drop(&mut self) {
        // At once, without writing anything: it is all about to be removed.
        self.signal(Signal::QUIT);
        if self.wait().is_err() {
            let _ = self.kill9();
        }
        remove_shared_memory(&self.data_dir());
    }
}

/// True when the file was written by that process, and it says that it accepts connections (line 8).
fn is_ready(postmaster_pid: &str, pid: u32) -> bool {
    let mut lines = postmaster_pid.lines();
    lines.next().map(str::trim) == Some(&pid.to_string())
        && lines.nth(6).is_some_and(|s| s.starts_with("ready"))
}

fn is_passing(message: &str) -> bool {
    [
        "pre-existing shared memory block",
        "Address already in use",
        "lock file \"postmaster.pid\" already exists",
    ]
    .iter()
    .any(|text| message.contains(text))
}

/// A server that was killed leaves its file, and a few bytes of System V shared memory whose id is on line 7.
fn remove_shared_memory(data: &Path) {
    let Ok(text) = fs::read_to_string(data.join("postmaster.pid")) else { return };
    if let Some(id) = text.lines().nth(6).and_then(|line| line.split_whitespace().nth(1)) {
        let _ = Command::new("ipcrm").args(["-m", id]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

fn free_port() -> Result<u16> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|e| io("127.0.0.1 has no free port", &e))
}

#[cfg(test)]
mod tests;
