//! A temporary directory that does not outlive its owner: removed on drop, by a watcher when the owner is
//! killed, and by the next start when even the watcher was killed.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, kill_process};
use switchback_plan::Result;

use super::{io, unprivileged::User};

/// What the names of our directories begin with.
const PREFIX: &str = "switchback-scratch-";
/// Locked by the owner for as long as it lives; the kernel lets go of it when the owner dies.
const OWNER: &str = "owner";
/// Where a cluster's data lies in its directory.
pub(super) const DATA: &str = "data";

/// Reads process ids, one a line, until the owner's end of the pipe closes, which it does however the owner
/// dies; then stops the last of them and removes the directory. Zero means no process. In a process group of
/// its own, and deaf to the signals of a terminal, so that Ctrl-C cannot hit it before it has cleaned up.
const WATCHER: &str = r#"
trap '' INT TERM HUP QUIT
pid=0
while read -r line; do pid=$line; done
if [ "$pid" -gt 1 ] 2>/dev/null; then
  kill -QUIT "$pid" 2>/dev/null
  n=0
  while [ -e "$1/data/postmaster.pid" ] && [ $n -lt 60 ] && kill -0 "$pid" 2>/dev/null; do
    sleep 0.1 || sleep 1
    n=$((n + 1))
  done
  kill -KILL "$pid" 2>/dev/null
fi
rm -rf -- "$1"
"#;

/// The directory, with the lock and the watcher that belong to it.
#[derive(Debug)]
pub(super) struct ScratchDir {
    path: PathBuf,
    watcher: Child,
    pipe: Option<ChildStdin>,
    _owner: File,
}

impl ScratchDir {
    /// A new directory. With a user given it belongs to that user, and lies where the user can reach it.
    pub(super) fn create(user: Option<&User>, medium: Medium) -> Result<ScratchDir> {
        let parent = match medium {
            Medium::Disk => on_disk(user),
            Medium::Memory => in_memory().unwrap_or_else(|| on_disk(user)),
        };
        reap(&parent, user);
        let path = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(&parent)
            .map_err(|e| io(format!("no directory could be made in {}", parent.display()), &e))?
            .keep();
        match ScratchDir::occupy(&path, user) {
            Ok(dir) => Ok(dir),
            Err(e) => {
                let _ = fs::remove_dir_all(&path);
                Err(e)
            }
        }
    }

    fn occupy(path: &Path, user: Option<&User>) -> Result<ScratchDir> {
        let failed = |e: &std::io::Error| io(format!("{} could not be prepared", path.display()), e);
        let owner = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(OWNER))
            .map_err(|e| failed(&e))?;
        // Waits for at most the moment in which somebody else's `reap` looks at it.
        owner.lock().map_err(|e| failed(&e))?;
        if let Some(user) = user {
            user.give(path).map_err(|e| failed(&e))?;
        }
        let mut watcher = Command::new("/bin/sh")
            .arg("-c")
            .arg(WATCHER)
            .arg("switchback-watcher")
            .arg(path)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|e| io("/bin/sh could not be started", &e))?;
        let pipe = watcher.stdin.take();
        Ok(ScratchDir { path: path.to_owned(), watcher, pipe, _owner: owner })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    #[cfg(test)]
    pub(super) fn watcher(&self) -> u32 {
        self.watcher.id()
    }

    /// Which process the watcher stops when the owner dies; none while it is stopped.
    pub(super) fn watch(&mut self, pid: Option<u32>) {
        if let Some(pipe) = &mut self.pipe {
            // A watcher that somebody killed is no reason to fail: `reap` is behind it.
            let _ = writeln!(pipe, "{}", pid.unwrap_or(0));
        }
    }
}

impl Drop for ScratchDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
        // The watcher sees the end of its input and removes what may still be there.
        self.pipe = None;
        let _ = self.watcher.wait();
    }
}

/// What the directory should lie on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Medium {
    /// The disk: for measurements, and for what is small.
    Disk,
    /// Memory, where there is plenty: a cluster has a thousand files, and making that many again and again takes
    /// ext4 a second each time (it searches for inodes that were not freed recently).
    Memory,
}

/// Free space below which memory is left alone: test data can be large, and containers have 64 MiB.
const PLENTY: u64 = 4 << 30;

/// Linux's directory in memory, unless the user chose a directory for temporary files.
fn in_memory() -> Option<PathBuf> {
    let dir = Path::new("/dev/shm");
    let plenty =
        || rustix::fs::statvfs(dir).is_ok_and(|fs| fs.f_bavail.saturating_mul(fs.f_frsize) >= PLENTY);
    (std::env::var_os("TMPDIR").is_none() && plenty()).then(|| dir.to_owned())
}

/// The directory for temporary files, or one that everybody can reach when an unprivileged user must.
fn on_disk(user: Option<&User>) -> PathBuf {
    let usual = std::env::temp_dir();
    match user {
        Some(_) if !reachable(&usual) => PathBuf::from("/tmp"),
        Some(_) | None => usual,
    }
}

/// True when every directory on the way lets everybody through.
pub(super) fn reachable(path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else { return false };
    path.ancestors().all(|dir| fs::metadata(dir).is_ok_and(|m| m.permissions().mode() & 0o001 != 0))
}

/// Removes what dead owners left behind. Whatever goes wrong here is left for the next start.
pub(super) fn reap(parent: &Path, user: Option<&User>) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            let path = entry.path();
            if is_ours(&path, user) && is_dead(&path) {
                kill_postmaster(&path);
                let _ = fs::remove_dir_all(&path);
            }
        }
    }
}

/// True for a directory (no link) of this user, or of the one that servers are started as.
fn is_ours(path: &Path, user: Option<&User>) -> bool {
    let me = rustix::process::getuid().as_raw();
    fs::symlink_metadata(path)
        .is_ok_and(|m| m.is_dir() && (m.uid() == me || user.is_some_and(|u| m.uid() == u.uid)))
}

/// True when nobody holds the owner's lock. A directory without one is dead only when it is old: it may be
/// about to be made, or removed.
fn is_dead(path: &Path) -> bool {
    let lock = path.join(OWNER);
    match OpenOptions::new().write(true).open(&lock) {
        Ok(file) => file.try_lock().is_ok() && older_than(&lock, Duration::from_secs(2)),
        Err(_) => older_than(path, Duration::from_secs(3600)),
    }
}

fn older_than(path: &Path, age: Duration) -> bool {
    let modified = fs::metadata(path).and_then(|m| m.modified());
    modified.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|passed| passed > age))
}

/// Stops the server of a dead owner, if it still runs; its command line must name the directory, for process
/// ids are used again.
fn kill_postmaster(path: &Path) {
    let data = path.join(DATA);
    let Some(pid) = postmaster_pid(&data) else { return };
    let Some(process) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return };
    let arguments = match fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(bytes) => bytes,
        Err(_) => match Command::new("ps").args(["-o", "args=", "-p", &pid.to_string()]).output() {
            Ok(output) => output.stdout,
            Err(_) => return,
        },
    };
    if String::from_utf8_lossy(&arguments).contains(&*data.to_string_lossy()) {
        let _ = kill_process(process, Signal::QUIT);
        std::thread::sleep(Duration::from_millis(200));
        if data.join("postmaster.pid").exists() {
            let _ = kill_process(process, Signal::KILL);
        }
    }
}

/// The first line of `postmaster.pid`.
fn postmaster_pid(data: &Path) -> Option<u32> {
    fs::read_to_string(data.join("postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
}
