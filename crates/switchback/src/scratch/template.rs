//! `initdb` takes a second, copying its result a few hundredths: so it is run once for each server, and kept in
//! the user's cache directory.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};
use switchback_plan::{Error, ErrorKind, Result};

use super::binaries::PgBinaries;
use super::dir::{DATA, Medium, ScratchDir};
use super::unprivileged::{User, run_as};

/// No sync: whoever loses power in this second makes the template again. The superuser is always the same.
const INITDB: [&str; 7] = ["--no-sync", "-E", "UTF8", "--locale=C", "-A", "trust", "-U"];
const SUPERUSER: &str = "postgres";

/// Fills `data` (which must not exist) with an initialised cluster, from the cache or into it.
pub(super) fn fill(binaries: &PgBinaries, user: Option<&User>, data: &Path) -> Result<()> {
    let cache = cache_dir()?;
    fill_from(&cache, binaries, user, data)
}

fn fill_from(cache: &Path, binaries: &PgBinaries, user: Option<&User>, data: &Path) -> Result<()> {
    let template = cache.join(key(binaries));
    if !template.is_dir() {
        build(cache, &template, binaries, user)?;
    }
    copy_tree(&template, data, user).map_err(|e| {
        super::io(format!("{} could not be copied to {}", template.display(), data.display()), &e)
            .hint("remove the cached copy if it is damaged; it is made again")
    })
}

/// The name of a template: another build of the same version must not share it.
fn key(binaries: &PgBinaries) -> String {
    let mut hash = Sha256::new();
    for part in [&binaries.full_version, &*binaries.dir.to_string_lossy(), &INITDB.join(" ")] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("pg-{}-{digest}", binaries.version)
}

/// Runs `initdb` and moves the result into place in one step, so that nobody ever sees half of it. The lock only
/// saves the others the work; the rename alone would be safe.
fn build(cache: &Path, template: &Path, binaries: &PgBinaries, user: Option<&User>) -> Result<()> {
    let failed = |e: &io::Error| super::io(format!("{} could not be written", cache.display()), e);
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(cache.join(format!("{}.lock", key(binaries))))
        .map_err(|e| failed(&e))?;
    lock.lock().map_err(|e| failed(&e))?;
    if template.is_dir() {
        return Ok(());
    }
    // Initialised where the server's user may write, and copied from there.
    let work = ScratchDir::create(user, Medium::Memory)?;
    let made = work.path().join(DATA);
    initdb(binaries, user, &made)?;
    let staged = tempfile::Builder::new().prefix(".building-").tempdir_in(cache).map_err(|e| failed(&e))?;
    let inner = staged.path().join("template");
    copy_tree(&made, &inner, None).map_err(|e| failed(&e))?;
    match fs::rename(&inner, template) {
        Ok(()) => Ok(()),
        Err(_) if template.is_dir() => Ok(()),
        Err(e) => Err(failed(&e)),
    }
}

fn initdb(binaries: &PgBinaries, user: Option<&User>, data: &Path) -> Result<()> {
    let program = binaries.program("initdb");
    let mut command = Command::new(&program);
    command.args(INITDB).arg(SUPERUSER).arg("-D").arg(data).current_dir("/").env_remove("PGDATA");
    run_as(&mut command, user);
    let output =
        command.output().map_err(|e| super::io(format!("{} could not be started", program.display()), &e))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("; ");
    Err(Error::new(ErrorKind::Config, format!("{} failed: {said}", program.display())))
}

/// A copy with the modes of the original, for that user. A cluster holds directories and plain files only.
fn copy_tree(from: &Path, to: &Path, user: Option<&User>) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(to)?;
    give(to, user)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target, user)?;
        } else {
            fs::copy(entry.path(), &target)?;
            give(&target, user)?;
        }
    }
    Ok(())
}

fn give(path: &Path, user: Option<&User>) -> io::Result<()> {
    user.map_or(Ok(()), |user| user.give(path))
}

/// `switchback` in the user's cache directory, or one of their own in the temporary directory where they have
/// none that can be written.
fn cache_dir() -> Result<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let usual = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    if let Some(dir) = usual.map(|dir| dir.join("switchback"))
        && own_dir(&dir).is_ok()
    {
        return Ok(dir);
    }
    let dir = std::env::temp_dir().join(format!("switchback-cache-{}", rustix::process::getuid().as_raw()));
    own_dir(&dir).map_err(|e| super::io(format!("{} cannot be used", dir.display()), &e))?;
    Ok(dir)
}

/// Makes the directory, for this user alone; refuses one that somebody else could have prepared, or that cannot
/// be written to.
fn own_dir(dir: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let meta = fs::symlink_metadata(dir)?;
    if !meta.is_dir() || meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("it belongs to somebody else"));
    }
    tempfile::Builder::new().prefix(".probe-").tempfile_in(dir).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::binaries;

    #[test]
    fn another_build_has_another_template() {
        let one = PgBinaries {
            dir: "/a".into(),
            major: 15,
            version: "15.18".into(),
            full_version: "postgres (PostgreSQL) 15.18".into(),
        };
        let elsewhere = PgBinaries { dir: "/b".into(), ..one.clone() };
        let patched =
            PgBinaries { full_version: "postgres (PostgreSQL) 15.18 (Debian)".into(), ..one.clone() };
        assert!(key(&one).starts_with("pg-15.18-"), "{}", key(&one));
        assert_ne!(key(&one), key(&elsewhere));
        assert_ne!(key(&one), key(&patched));
    }

    #[test]
    fn a_directory_of_somebody_else_is_no_cache() {
        if !rustix::process::geteuid().is_root() {
            assert!(own_dir(Path::new("/tmp")).is_err());
        }
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(dir.path(), &link).unwrap();
        assert!(own_dir(&link).is_err());
        own_dir(&dir.path().join("a/b")).unwrap();
    }

    /// Threads with their own file handles race as processes do: the lock belongs to the handle.
    #[test]
    fn four_at_once_make_one_template_and_all_get_a_whole_copy() {
        let cache = tempfile::tempdir().unwrap();
        let binaries = binaries::find(None).unwrap();
        let user = User::for_servers().unwrap();
        let count = |dir: &Path| {
            fn walk(dir: &Path, n: &mut usize) {
                for entry in fs::read_dir(dir).unwrap().flatten() {
                    *n += 1;
                    if entry.file_type().unwrap().is_dir() {
                        walk(&entry.path(), n);
                    }
                }
            }
            let mut n = 0;
            walk(dir, &mut n);
            n
        };
        let counts: Vec<usize> = std::thread::scope(|scope| {
            let runners: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let work = ScratchDir::create(user.as_ref(), Medium::Memory).unwrap();
                        let data = work.path().join(DATA);
                        fill_from(cache.path(), &binaries, user.as_ref(), &data).unwrap();
                        count(&data)
                    })
                })
                .collect();
            runners.into_iter().map(|runner| runner.join().unwrap()).collect()
        });
        assert!(counts[0] > 900, "{counts:?}");
        assert!(counts.iter().all(|n| *n == counts[0]), "{counts:?}");
        let mut left: Vec<_> = fs::read_dir(cache.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left.len(), 2, "the template and its lock, nothing half-made: {left:?}");
    }
}
